import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../host/index.ts';

/** What is kept of a console's log: its last bytes. What is before them may be a hole already. */
export interface ConsoleLog {
  readonly path: string;
  readonly keptBytes: number;
}

const NEWLINE = 0x0a;

/** From where to show: the last lines, the last bytes, or, where nothing is given, all that is kept. */
export interface Tail {
  readonly lines?: number;
  readonly bytes?: number;
}

/** Opens a log that is there. */
export const openLog = ({ path }: ConsoleLog): Promise<FileHandle | undefined> => openRegular(path, constants.O_RDONLY);

/** The offset at which a tail begins. */
export async function tailOffset(file: FileHandle, { keptBytes }: ConsoleLog, { lines, bytes }: Tail): Promise<number> {
  const { size } = await file.stat();
  const first = Math.max(0, size - keptBytes);
  if (lines === undefined) return bytes === undefined ? first : Math.max(first, size - bytes);
  if (lines === 0) return size;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - first), 0, size - first, first);
  return first + startOfLines(buffer.subarray(0, bytesRead), lines);
}

/** Where the last lines of a text begin; a line that was not ended yet counts as one. */
export function startOfLines(content: Buffer, lines: number): number {
  let end = content.at(-1) === NEWLINE ? content.length - 1 : content.length;
  for (let left = lines; left > 0; left -= 1) {
    end = end <= 0 ? -1 : content.lastIndexOf(NEWLINE, end - 1);
    if (end < 0) return 0;
  }
  return end + 1;
}
