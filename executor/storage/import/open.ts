import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { sep } from 'node:path';

/** A file that may not be imported; the message says which and why. */
export class ImportRefusedError extends Error {
  override readonly name = 'ImportRefusedError';
  /** CamelCase, for a condition. */
  readonly reason: 'FileNotFound' | 'FileNotAllowed' | 'NotAFile';

  constructor(reason: ImportRefusedError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Opens a file for import. What is judged is what was opened, by the kernel's own word for it: links in the path, and a
 * path that changes in between, cannot lead outside the allowed folders.
 * @throws ImportRefusedError
 */
export async function openImport(path: string, allowedFolders: readonly string[]): Promise<FileHandle> {
  const file = await openOnly(path);
  try {
    const real = await readlink(`/proc/self/fd/${file.fd}`);
    if (!(await file.stat()).isFile()) throw new ImportRefusedError('NotAFile', `${path} is not a regular file`);
    if (!allowedFolders.some((folder) => isInside(real, folder))) throw notAllowed(path, real, allowedFolders);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

const isInside = (path: string, folder: string): boolean =>
  folder === '/' || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

function notAllowed(path: string, real: string, folders: readonly string[]): ImportRefusedError {
  const lies = real === path ? path : `${path}, which is ${real},`;
  const allowed = folders.length === 0 ? 'no folder is allowed on this node' : `allowed are ${folders.join(', ')}`;
  return new ImportRefusedError(
    'FileNotAllowed',
    `${lies} may not be imported: ${allowed}; move it there, or have the node's administrator allow its folder`,
  );
}

const MESSAGES: Readonly<Record<string, readonly [ImportRefusedError['reason'], string]>> = {
  ENOENT: ['FileNotFound', 'is not on this node: copy it there'],
  ENOTDIR: ['FileNotFound', 'is not on this node: a part of its path is no folder'],
  EACCES: ['FileNotAllowed', "cannot be read: give the executor's user read access to it"],
  ELOOP: ['FileNotAllowed', 'is a symbolic link: name the file itself'],
  EISDIR: ['NotAFile', 'is a folder'],
  ENXIO: ['NotAFile', 'is a socket'],
};

/** Without O_NONBLOCK, opening a pipe would wait for its writer for ever. */
async function openOnly(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const row = MESSAGES[(error as NodeJS.ErrnoException).code ?? ''];
    if (!row) throw error;
    throw new ImportRefusedError(row[0], `the file ${path} ${row[1]}`);
  }
}
