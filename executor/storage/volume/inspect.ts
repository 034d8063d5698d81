import { type FileHandle, open } from 'node:fs/promises';
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

/** @throws RangeError when a qcow2 volume has no qcow2 header, or the errors of the file system */
export async function inspectOwn({ path, format }: File): Promise<Volume> {
  const file = await open(path, 'r');
  try {
    const { size, blocks } = await file.stat({ bigint: true });
    const actualSize = blocks * BLOCK_BYTES;
    if (format === 'raw') return { path, virtualSize: size, actualSize, backingChain: [] };
    const { virtualSize, backingFile } = parseQcow2(await readFirst(file));
    return { path, virtualSize, actualSize, backingChain: backingFile === undefined ? [] : [backingFile] };
  } finally {
    await file.close();
  }
}

/** Images have no backing file of their own, so a chain never has a second link. */
async function readFirst(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}
