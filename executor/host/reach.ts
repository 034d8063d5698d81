import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export type Want = 'read' | 'write' | 'enter';

interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

const BITS = { read: 4, write: 2, enter: 1 } as const satisfies Record<Want, number>;
const WORDS = { read: 'read', write: 'write to', enter: 'go through' } as const satisfies Record<Want, string>;

/**
 * Why a user cannot have what it wants of an absolute path, as a sentence; nothing when it can. Every folder above must
 * let it through. Judged by owner and mode bits, so an access list may still say otherwise.
 * @throws when the path, or a folder above, is not there
 */
export async function whyUnreachable(path: string, who: Identity, wants: readonly Want[]): Promise<string | undefined> {
  if (who.uid === 0) return undefined;
  for (const folder of parents(path)) {
    const refusal = await refused(folder, who, 'enter');
    if (refusal) return refusal;
  }
  for (const want of wants) {
    const refusal = await refused(path, who, want);
    if (refusal) return refusal;
  }
  return undefined;
}

/** The class that matches first decides, as in the kernel: an owner without a bit is not helped by the others' bit. */
async function refused(path: string, who: Identity, want: Want): Promise<string | undefined> {
  const { uid, gid, mode } = await stat(path);
  const shift = uid === who.uid ? 6 : gid === who.gid || who.groups.includes(gid) ? 3 : 0;
  if ((mode >> shift) & BITS[want]) return undefined;
  const bits = (mode & 0o7777).toString(8).padStart(4, '0');
  return `user ${who.uid} may not ${WORDS[want]} ${path} (mode ${bits}, owner ${uid}:${gid})`;
}

/** From the root down to the folder that the path is in. */
function parents(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [...parents(above), above];
}
