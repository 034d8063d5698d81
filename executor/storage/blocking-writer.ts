import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Sent to the disk while more comes: at the end a whole image would be waited for. */
const SYNC_BYTES = 32 * 1024 ** 2;

/**
 * As `StreamWriter`, for a process that does nothing else: on a busy host each change of threads waits for a processor, and
 * there are thousands of them in a gibibyte.
 */
export class BlockingWriter {
  readonly #file: FileHandle;
  #position: number;
  #unsynced = 0;
  #syncing: Promise<void> | undefined;

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
    this.#unsynced += chunk.length;
    if (this.#unsynced >= SYNC_BYTES && !this.#syncing) this.#sync();
  }

  async end(): Promise<void> {
    await this.#syncing;
  }

  /** Whether it came to the disk is asked by who gives the file its name. */
  #sync(): void {
    this.#unsynced = 0;
    const ended = () => {
      this.#syncing = undefined;
    };
    this.#syncing = this.#file.datasync().then(ended, ended);
  }
}
