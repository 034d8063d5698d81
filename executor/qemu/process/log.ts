import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../../host/open-regular.ts';

/** Enough for what qemu has to say before it dies, small enough for a thousand machines. */
export const LOG_LIMIT_BYTES = 1024 * 1024;

/**
 * Cuts a log that is longer than the limit down to its last half. The writer may go on writing: it must have opened the
 * file to append, as both our spawn and qemu's `logappend=on` do, and loses at most what it writes in this moment.
 */
export async function trimLog(path: string, limitBytes = LOG_LIMIT_BYTES): Promise<void> {
  const file = await openRegular(path, constants.O_RDWR);
  if (!file) return;
  try {
    const { size } = await file.stat();
    if (size <= limitBytes) return;
    const kept = await readEnd(file, size, Math.floor(limitBytes / 2));
    const firstLine = kept.indexOf('\n') + 1;
    await file.truncate(0);
    await file.write(kept.subarray(firstLine), 0, kept.length - firstLine, 0);
  } finally {
    await file.close();
  }
}

/** The last bytes of a log as text, from `from` on where given; empty when there is no such file. */
export async function tailLog(path: string, { maxBytes = 4096, from = 0 } = {}): Promise<string> {
  const file = await openRegular(path, constants.O_RDONLY);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    return (await readEnd(file, size, Math.min(maxBytes, Math.max(0, size - from)))).toString('utf8');
  } finally {
    await file.close();
  }
}

async function readEnd(file: FileHandle, size: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, Math.max(0, size - length));
  return buffer.subarray(0, bytesRead);
}
