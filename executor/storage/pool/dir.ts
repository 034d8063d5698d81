import { constants } from 'node:fs';
import { access, chmod, mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PoolDriver, PoolObservation } from './driver.ts';

type Step = (path: string) => Promise<void>;

/** A folder of the node. */
export const dirDriver: PoolDriver = {
  imageFormats: ['qcow2', 'raw'],
  async prepare({ dir }) {
    if (!dir) throw new Error('the pool is no dir pool');
    return examineFolder(dir.path, [make, write]);
  },
  release: async () => {},
};

/** A folder that is there already, such as one that was just mounted. */
export const examineMounted = (path: string): Promise<PoolObservation> => examineFolder(path, [write]);

async function examineFolder(path: string, steps: readonly Step[]): Promise<PoolObservation> {
  try {
    for (const step of steps) await step(path);
    const { blocks, bavail, bsize } = await statfs(path, { bigint: true });
    return { ready: true, path, capacity: blocks * bsize, available: bavail * bsize };
  } catch (error) {
    return { ready: false, path, ...explain(path, error as NodeJS.ErrnoException) };
  }
}

/** Only the last folder is made: a parent that is not there is a typing error, or a disk that is not mounted. */
const make: Step = async (path) => {
  try {
    await mkdir(path);
    await chmod(path, 0o711);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (!(await stat(path)).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
};

/** Root may write everywhere but on a read-only file system, which only an attempt shows. */
const write: Step = async (path) => {
  await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  const probe = join(path, `.vmctl-probe-${process.pid}`);
  try {
    await (await open(probe, 'w', 0o600)).close();
  } finally {
    await rm(probe, { force: true });
  }
};

function explain(path: string, error: NodeJS.ErrnoException): { reason: string; message: string } {
  const row = EXPLANATIONS[error.code ?? ''];
  if (row) return { reason: row.reason, message: row.message(path) };
  return { reason: 'PoolUnusable', message: `the folder ${path} cannot be used: ${error.message}` };
}

const notWritable = {
  reason: 'PathNotWritable',
  message: (path: string) =>
    `the folder ${path} is not writable: give the executor's user write access to it, or mount its file system writable`,
};

const EXPLANATIONS: Readonly<Record<string, { reason: string; message: (path: string) => string }>> = {
  ENOENT: {
    reason: 'ParentNotFound',
    message: (path) => `the folder ${dirname(path)} is not there: make it, or mount the file system that holds ${path}`,
  },
  ENOTDIR: {
    reason: 'NotAFolder',
    message: (path) =>
      `${path} or a part of its path is a file, not a folder: choose another path, or move the file away`,
  },
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: notWritable,
  /** A full file system still serves the machines that have their space. */
  ENOSPC: { reason: 'NoSpace', message: (path) => `the file system of ${path} is full: free space on it or grow it` },
};
