import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where things are on this host. The paths are pure; `prepareHome` and `makeRunDir` make them. */
export interface HostPaths {
  readonly home: string;
  /** Facts about the host that were costly to find out. */
  readonly hostState: string;
  /** Folder of the machines' run folders, one for each, named by the object's uid. */
  readonly runRoot: string;
  /** Why `runRoot` is not in `home`, as a sentence. */
  readonly runRootReason?: string;
}

/** Who owns what qemu makes; absent where qemu runs as the executor's own user. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What the kernel takes as a socket's path, without the zero at its end. */
export const SOCKET_PATH_BYTES = 107;
/** A uid, two slashes, and the longest of the names in `executor/qemu/sockets.ts`, with room to grow. */
const BELOW_RUN_ROOT_BYTES = 36 + 2 + 20;

/**
 * Chooses the folders below `home`. Where sockets would have too long a path there, run folders go, under a name made
 * of `home`, to /run for root, `XDG_RUNTIME_DIR` for others, or the folder for temporary files.
 */
export function hostPaths(
  home: string,
  env: NodeJS.ProcessEnv = process.env,
  uid = process.getuid?.() ?? 0,
): HostPaths {
  const inside = join(home, 'machines');
  const paths = { home, hostState: join(home, 'host') };
  if (fits(inside)) return { ...paths, runRoot: inside };
  const name = createHash('sha256').update(home).digest('hex').slice(0, 12);
  const runtime = uid === 0 ? '/run' : env['XDG_RUNTIME_DIR'];
  const candidates = [...(runtime ? [join(runtime, 'vmctl', name)] : []), join(tmpdir(), `vmctl-${uid}-${name}`)];
  const runRoot = candidates.find(fits) ?? join('/tmp', `vmctl-${uid}-${name}`);
  const runRootReason = `${inside} is too long for a socket's path (${SOCKET_PATH_BYTES} bytes), so sockets are in ${runRoot}`;
  return { ...paths, runRoot, runRootReason };
}

export function runDirOf(paths: HostPaths, uid: string): string {
  return join(paths.runRoot, uid);
}

/** A file about a machine that qemu, to which the run folder belongs, must not be able to change: it stands beside the folder. */
export function besideRunDir(runDir: string, name: string): string {
  return `${runDir}.${name}`;
}

/**
 * Makes the folders. An owner must be able to go through `home` and `runRoot` to its machines, though not list them:
 * then both are 0711 and what is secret in them must keep itself so.
 * @throws when a folder of ours belongs to somebody else, as one prepared by another user in /tmp would
 */
export async function prepareHome(paths: HostPaths, owner?: Owner): Promise<void> {
  const mode = owner ? 0o711 : 0o700;
  for (const folder of [paths.home, paths.runRoot]) await makeFolder(folder, mode);
  await makeFolder(paths.hostState, 0o700);
}

/** Makes a machine's run folder, 0700 and qemu's own: root may enter it anyway. Safe to repeat. */
export async function makeRunDir(paths: HostPaths, uid: string, owner?: Owner): Promise<string> {
  const folder = runDirOf(paths, uid);
  await makeFolder(folder, 0o700, owner?.uid);
  if (owner) await chown(folder, owner.uid, owner.gid);
  return folder;
}

/** Removes a machine's run folder with everything in it and beside it; one that is gone is fine. */
export async function removeRunDir(paths: HostPaths, uid: string): Promise<void> {
  const names = await readdir(paths.runRoot);
  const ours = names.filter((name) => name === uid || name.startsWith(besideRunDir(uid, '')));
  await Promise.all(ours.map((name) => rm(join(paths.runRoot, name), { recursive: true, force: true })));
}

async function makeFolder(path: string, mode: number, alsoOwnedBy?: number): Promise<void> {
  await mkdir(path, { recursive: true, mode });
  const stat = await lstat(path);
  const us = process.getuid?.() ?? 0;
  const ours = stat.uid === us || stat.uid === alsoOwnedBy;
  if (!stat.isDirectory() || !ours) {
    throw new Error(`${path} is no folder of user ${us} (it belongs to user ${stat.uid}); move it away`);
  }
  if ((stat.mode & 0o777) !== mode) await chmod(path, mode);
}

function fits(runRoot: string): boolean {
  return Buffer.byteLength(runRoot) + BELOW_RUN_ROOT_BYTES <= SOCKET_PATH_BYTES;
}
