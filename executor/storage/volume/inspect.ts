import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { luksPayloadOffset } from '../header/luks.ts';
import { HEADER_BYTES, parseQcow2 } from '../header/qcow2.ts';
import type { File } from '../qemu-img/index.ts';

/** What a volume of ours is, read from its own header: cheap enough for every reconcile, and safe while qemu runs. */
export interface Volume {
  readonly path: string;
  /** Bytes that a guest sees. */
  readonly virtualSize: bigint;
  /** Bytes taken in the pool. */
  readonly actualSize: bigint;
  /** Files that it is an overlay on, nearest first. */
  readonly backingChain: readonly string[];
}

/** The kernel's unit of `st_blocks`, whatever the file system's own block is. */
const BLOCK_BYTES = 512n;

/** A volume as its object describes it. */
export type Described = File & { readonly encrypted?: boolean };

/** What lies under a volume's name is none: opened by its name, it could lead anywhere. */
export class NoVolumeError extends Error {
  readonly reason = 'NotAFile';
}

/** @throws RangeError when a qcow2 volume has no qcow2 header, NoVolumeError for a link, or the errors of the file system */
export async function inspectOwn({ path, format, encrypted = false }: Described): Promise<Volume> {
  const file = await openVolume(path);
  try {
    const { size, blocks } = await file.stat({ bigint: true });
    const actualSize = blocks * BLOCK_BYTES;
    if (format === 'raw') {
      const virtualSize = encrypted ? size - (await luksPayloadOffset(file)) : size;
      return { path, virtualSize, actualSize, backingChain: [] };
    }
    const { virtualSize, backingFile } = parseQcow2(await readFirst(file));
    return { path, virtualSize, actualSize, backingChain: backingFile === undefined ? [] : [backingFile] };
  } finally {
    await file.close();
  }
}

/** Never through a link, never waiting for the other end of a pipe. */
export async function openVolume(path: string): Promise<FileHandle> {
  const refuse = (what: string) =>
    new NoVolumeError(`${path} is ${what}, not a volume: put the volume back in its place`);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error) => {
    throw (error as NodeJS.ErrnoException).code === 'ELOOP' ? refuse('a symbolic link') : error;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw refuse('no regular file');
}

/** Images have no backing file of their own, so a chain never has a second link. */
async function readFirst(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}
