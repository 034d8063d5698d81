import { constants } from 'node:fs';
import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type HostPaths, type Owner, writeFileAtomic } from '../host/index.ts';
import { may } from '../host/run.ts';
import type { MadeSeed } from './make.ts';

/** Folder of all seeds: qemu's user goes through it and cannot list it, and cannot write in it. */
const folderOf = (paths: HostPaths): string => join(paths.home, 'seeds');

/** Where a seed is. Another content is another file: a running machine's is never written to. */
export const seedPath = (paths: HostPaths, uid: string, digest: string): string =>
  join(folderOf(paths), `${uid}.${digest}.iso`);

/** Writes a seed where qemu can read it, and nobody else; one that is there already is the same. @returns its path */
export async function placeSeed(paths: HostPaths, uid: string, seed: MadeSeed, owner?: Owner): Promise<string> {
  const path = seedPath(paths, uid, seed.digest);
  const folder = folderOf(paths);
  await mkdir(folder, { recursive: true });
  await chmod(folder, owner ? 0o711 : 0o700);
  if (!(await may(path, constants.F_OK))) await writeFileAtomic(path, seed.image, { mode: 0o400, durable: false });
  // Also of one that is there: whoever wrote it may have been killed before this line.
  if (owner) await chown(path, owner.uid, owner.gid);
  return path;
}

/** Removes a machine's seeds, but for the one that it runs with. */
export async function removeSeeds(paths: HostPaths, uid: string, keep?: string): Promise<void> {
  const folder = folderOf(paths);
  const names = await readdir(folder).catch(() => []);
  const old = names.filter((name) => name.startsWith(`${uid}.`) && name !== basename(keep ?? ''));
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}
