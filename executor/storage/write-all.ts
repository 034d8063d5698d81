import type { FileHandle } from 'node:fs/promises';

/** Writes all of a chunk: a file system that fills up takes a part first, and says that it is full only the next time. */
export async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}
