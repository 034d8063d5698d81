import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readMounts } from '../../host/mounts.ts';
import { run } from '../../host/run.ts';
import { type Mount, type MountAction, planMount, planUnmount } from './mount-plan.ts';

/** A server that does not answer keeps mount(8) trying for minutes. */
const MOUNT_MS = 45_000;

async function act({ argv: [program = '', ...args] }: MountAction): Promise<void> {
  await run(program, args, MOUNT_MS);
}

const mountRoot = (home: string): string => join(home, 'mounts');

/** Where a pool is mounted that is not a folder by itself. */
export const mountPoint = (pool: string, home: string): string => join(mountRoot(home), pool);

/** Names of the pools that something may be mounted for. */
export const mountedPools = (home: string): Promise<string[]> => readdir(mountRoot(home)).catch(() => []);

/** Mounts a file system unless it is mounted. @throws with what mount(8) said */
export async function ensureMounted(wanted: Mount): Promise<void> {
  await mkdir(dirname(wanted.target), { recursive: true, mode: 0o711 });
  // A folder that a dead server's export is mounted on cannot even be looked at: it is there.
  const actions = planMount(wanted, await readMounts());
  if (actions.length > 0) await mkdir(wanted.target, { recursive: true, mode: 0o711 }).catch(ignoring('EEXIST'));
  for (const action of actions) await act(action);
}

/** Unmounts a folder and removes it; one that is gone is fine. @throws with what umount(8) said, while it is in use */
export async function ensureUnmounted(target: string): Promise<void> {
  for (const action of planUnmount(target, await readMounts())) await act(action);
  await rmdir(target).catch(ignoring('ENOENT'));
}

const ignoring = (code: string) => (error: NodeJS.ErrnoException) => {
  if (error.code !== code) throw error;
};
