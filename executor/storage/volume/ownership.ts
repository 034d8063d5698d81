import { chmod, link, lstat, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeFileAtomic } from '../../host/atomic.ts';
import { overlayFolder } from '../chain/layout.ts';
import type { Owner, VolumePaths } from './layout.ts';
import { writerPath } from './writer.ts';

/** What the file beside a volume says of it. */
export interface Sidecar extends Owner {
  /** `sha256:…` of an image's content. */
  readonly digest?: string;
  /** What an image was made of and how: two with the same key have the same content. */
  readonly key?: string;
  /** File that a volume is an overlay on: it outlives the objects when the volume is retained. */
  readonly base?: string;
}

/** What lies under a volume's name: nothing, our own volume, or somebody else's file. */
export type Held =
  | { readonly by: 'nobody' }
  | { readonly by: 'us' }
  | { readonly by: 'other'; readonly message: string };

/** Looks whose file has a volume's name. */
export async function whoHolds({ volume, sidecar }: VolumePaths, owner: Owner): Promise<Held> {
  if (!(await isThere(volume))) return { by: 'nobody' };
  const written = await readSidecar(sidecar);
  if (written?.uid === owner.uid) return { by: 'us' };
  const whose = written ? `it belongs to ${describe(written)}` : 'nothing says whose it is';
  return { by: 'other', message: `${volume} is there already and ${whose}: move it away, or use another name` };
}

const describe = ({ kind, namespace, name, uid }: Owner): string => `${kind} ${namespace}/${name} with the uid ${uid}`;

/** The name of a volume is taken by a file that is not ours. */
export class VolumeExistsError extends Error {
  override readonly name = 'VolumeExistsError';
  readonly reason = 'VolumeExists';
}

/**
 * Gives a finished part its name: says whose it is, makes all of it durable, and never replaces a file. Killed at any line,
 * it can be called again.
 * @param made where it was made, if not as the part itself
 */
export async function publish(paths: VolumePaths, owner: Sidecar, made = paths.part): Promise<void> {
  await syncFile(made);
  const held = await whoHolds(paths, owner);
  if (held.by === 'other') throw new VolumeExistsError(held.message);
  await writeFileAtomic(paths.sidecar, `${JSON.stringify(owner)}\n`, { mode: 0o644, alone: true });
  await link(made, paths.volume);
  await removePart(paths);
  await syncFolder(paths.folder);
}

/** Removes what is ours, in the order in which an interrupted removal is still known as ours. */
export async function removeVolume(paths: VolumePaths, owner: Owner): Promise<void> {
  await removePart(paths);
  if ((await whoHolds(paths, owner)).by === 'us') {
    await rm(overlayFolder(paths.volume), { recursive: true, force: true });
    await rm(paths.volume, { force: true });
    await rm(writerPath(paths.volume), { force: true });
  }
  if ((await readSidecar(paths.sidecar))?.uid === owner.uid) await rm(paths.sidecar, { force: true });
  await rm(`${paths.sidecar}.tmp`, { force: true });
}

/** What may lie beside a part: the record of a download, and what is made of it on the way. */
const BESIDE = ['', '.json', '.unpacked', '.converted', '.layer', '.layer.json'] as const;

/** Removes what an attempt left. */
export async function removePart({ part }: Pick<VolumePaths, 'part'>): Promise<void> {
  await Promise.all(BESIDE.map((suffix) => rm(`${part}${suffix}`, { force: true })));
}

/**
 * Makes the folder of a namespace. qemu runs as another user: it may pass through, not list, whatever our umask is.
 * @throws when the pool itself is gone: to make it here would be to write below a mount point
 */
export async function makeFolder({ folder }: VolumePaths): Promise<void> {
  for (const path of [dirname(folder), folder]) {
    try {
      await mkdir(path);
      await chmod(path, 0o711);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

export async function readSidecar(path: string): Promise<Sidecar | undefined> {
  try {
    const written = JSON.parse(await readFile(path, 'utf8')) as Partial<Sidecar>;
    return typeof written.uid === 'string' ? (written as Sidecar) : undefined;
  } catch {
    return undefined;
  }
}
