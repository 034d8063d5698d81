import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { HEADER_BYTES, parseQcow2 } from '../header/qcow2.ts';

/** More than any schedule makes, and less than a loop. */
const LONGEST = 10_000;

/** Whether a copy, and all copies that it is built on, are there. */
export async function isWholeLine(path: string): Promise<boolean> {
  let at: string | undefined = path;
  for (let length = 0; at !== undefined && length < LONGEST; length += 1) {
    const header = await readHeader(at);
    if (!header) return false;
    at = header.backingFile === undefined ? undefined : resolve(dirname(at), header.backingFile);
  }
  return at === undefined;
}

async function readHeader(path: string) {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return parseQcow2(buffer.subarray(0, bytesRead));
  } catch (error) {
    if (error instanceof RangeError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
