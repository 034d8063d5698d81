import { readFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Who writes to a volume, as the file beside it says: for executors that share the folder and nothing else. */
export interface Writer {
  readonly machine: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly node: string;
  /** The host and its boot: a writer of an earlier boot of this host is gone. */
  readonly host: string;
  readonly bootId: string;
}

/** A volume has a writer already. */
export class VolumeInUseError extends Error {
  override readonly name = 'VolumeInUseError';
  readonly reason = 'DiskInUse';
}

/** `.web-root.qcow2.writer` beside `web-root.qcow2`. */
export const writerPath = (volume: string): string => join(dirname(volume), `.${basename(volume)}.writer`);

/** What the host is known by on a shared folder, whatever its name: machine-id(5). */
export function hostIdentity(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Tells whether the node of a writer was fenced: whoever wrote from there cannot any more. */
export type Fenced = (held: Writer) => Promise<boolean>;

/** Tells whether a machine of this boot of this host still has a qemu. */
export type Lives = (uid: string) => boolean;

/**
 * Writes down, before a qemu opens a volume for writing, whose it is. Asked again for the same machine of the same host it
 * does nothing; the same machine on another host is another writer.
 * @throws VolumeInUseError with the first writer's name
 */
export async function claimVolume(
  volume: string,
  writer: Writer,
  lives: Lives,
  fenced: Fenced = async () => false,
): Promise<void> {
  const path = writerPath(volume);
  const part = `${path}.${writer.machine.uid}`;
  await writeFile(part, `${JSON.stringify(writer)}\n`, { mode: 0o644 });
  try {
    while (!(await linked(part, path))) {
      const held = await readWriter(volume);
      if (held?.machine.uid === writer.machine.uid && held.bootId === writer.bootId) return;
      if (held && isAlive(held, writer, lives) && !(await fenced(held)))
        throw new VolumeInUseError(inUse(volume, held, writer));
      await rm(path, { force: true });
    }
  } finally {
    await rm(part, { force: true });
  }
}

/** A link to a name that is taken fails, on a network file system too: one of two wins. */
async function linked(part: string, path: string): Promise<boolean> {
  try {
    await link(part, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Says that nobody writes to a volume, for who changes it without a qemu. @throws VolumeInUseError */
export async function requireNoWriter(
  volume: string,
  here: Pick<Writer, 'host' | 'bootId'>,
  lives: Lives,
): Promise<void> {
  const held = await readWriter(volume);
  if (held && isAlive(held, here, lives)) throw new VolumeInUseError(inUse(volume, held, here));
}

/** Gives a volume free that a machine had on a node; what it has on another by now stays. */
export async function releaseVolume(volume: string, uid: string, node: string): Promise<void> {
  const held = await readWriter(volume);
  if (held?.machine.uid === uid && held.node === node) await rm(writerPath(volume), { force: true });
}

/** Nothing where nobody writes, or where what is written cannot be understood. */
export async function readWriter(volume: string): Promise<Writer | undefined> {
  try {
    const written = JSON.parse(await readFile(writerPath(volume), 'utf8')) as Partial<Writer>;
    return typeof written.machine?.uid === 'string' ? (written as Writer) : undefined;
  } catch {
    return undefined;
  }
}

/** Of another host nothing is known: its writer counts until it is taken away. */
export function isAlive(held: Writer, here: Pick<Writer, 'host' | 'bootId'>, lives: Lives): boolean {
  if (held.bootId === here.bootId) return lives(held.machine.uid);
  return held.host !== here.host || held.host === '';
}

function inUse(volume: string, { machine, node, bootId }: Writer, here: Pick<Writer, 'bootId'>): string {
  const who = `the machine ${machine.namespace}/${machine.name} of the node ${node} writes to ${volume}`;
  if (bootId === here.bootId) return `${who}: stop it, or detach its disk`;
  return `${who}: stop it there; if that node is gone for good, fence it (vmctl node fence), or remove ${writerPath(volume)}`;
}
