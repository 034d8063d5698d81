import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface WriteOptions {
  /** Permission bits; 0600 when left out. */
  readonly mode?: number;
  /** Whether it must outlast a power cut, which costs two waits for the disk. A killed process loses nothing either way. */
  readonly durable?: boolean;
  /** Nobody else writes this file at the same time: what a killed writer left is written over by the next, and never lies about. */
  readonly alone?: boolean;
}

/** Replaces a file as a whole: a reader, or a crash at any moment, finds the old content or the new. */
export async function writeFileAtomic(
  path: string,
  content: string | Buffer,
  options: WriteOptions = {},
): Promise<void> {
  const { mode = 0o600, durable = true, alone = false } = options;
  const temporary = alone ? `${path}.tmp` : `${path}.${randomUUID()}.tmp`;
  try {
    if (alone) await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (durable) await syncFolder(dirname(path));
}

/** Makes a rename or a new name in a folder outlast a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
