import { statfs } from 'node:fs/promises';
import { humanSize } from '../../../schemas/types/size.ts';

/** A pool has not the room for what is to be written. */
export class NoSpaceError extends Error {
  override readonly name = 'NoSpaceError';
  readonly reason = 'NoSpace';
}

/** Bytes that a user without privileges may still write. */
export async function availableBytes(path: string): Promise<bigint> {
  const { bavail, bsize } = await statfs(path, { bigint: true });
  return bavail * bsize;
}

/** @throws NoSpaceError before anything is written: a pool that is filled up pauses every machine in it */
export async function requireSpace(path: string, bytes: bigint): Promise<void> {
  const available = await availableBytes(path);
  if (bytes <= available) return;
  throw new NoSpaceError(
    `the pool has ${humanSize(available)} left at ${path}, and ${humanSize(bytes)} are needed: free space in it or grow its file system`,
  );
}
