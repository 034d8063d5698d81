import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Opens a file in a folder that qemu may write to. A qemu that a guest has taken over could have put a link to a file of
 * root's there, or a pipe that blocks who opens it: neither is followed.
 * @param flags of `node:fs`' constants, e.g. `O_RDONLY`
 * @returns nothing when there is no such file
 * @throws when it is something else than a file with one name
 */
export async function openRegular(path: string, flags: number, mode = 0o600): Promise<FileHandle | undefined> {
  const file = await openUnfollowed(path, flags, mode);
  if (!file) return undefined;
  const stat = await file.stat();
  if (stat.isFile() && stat.nlink === 1) return file;
  await file.close();
  throw notRegular(path);
}

async function openUnfollowed(path: string, flags: number, mode: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP' || code === 'ENXIO') throw notRegular(path);
    throw error;
  }
}

function notRegular(path: string): Error {
  return new Error(`${path} is no ordinary file: look at who put it there, then remove it`);
}
