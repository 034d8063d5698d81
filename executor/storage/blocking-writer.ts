import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/**
 * As `StreamWriter`, for a process that does nothing else: on a busy host each change of threads waits for a processor, and
 * there are thousands of them in a gibibyte.
 */
export class BlockingWriter {
  readonly #file: FileHandle;
  #position: number;

  constructor(file: FileHandle, position = 0) {
    this.#file = file;
    this.#position = position;
  }

  write(chunk: Buffer): void {
    for (let done = 0; done < chunk.length; ) {
      const written = writeSync(this.#file.fd, chunk, done, chunk.length - done, this.#position);
      this.#position += written;
      done += written;
    }
  }

  end(): void {}
}
