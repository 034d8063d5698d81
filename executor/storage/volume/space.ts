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

/** What may be written to a pool of what others send. Sizes in bytes. */
export interface Budget {
  /** Free, but for a reserve: machines pause where a pool is full to the last byte. */
  readonly room: bigint;
  /** All that the file system could hold. */
  readonly capacity: bigint;
}

const MOST_RESERVE = 1024n ** 3n;

/** How much of something whose size nobody knows beforehand may come: all but a twentieth of what is free, at most 1 GiB. @param path a folder of the pool */
export async function budgetOf(path: string): Promise<Budget> {
  const { bavail, bsize, blocks } = await statfs(path, { bigint: true });
  const available = bavail * bsize;
  const twentieth = available / 20n;
  return { room: available - (twentieth < MOST_RESERVE ? twentieth : MOST_RESERVE), capacity: blocks * bsize };
}
