import type { FileHandle } from 'node:fs/promises';
import { writeAll } from './write-all.ts';

/** What may wait in memory while the disk is busy. */
const MOST_PENDING_BYTES = 8 * 1024 ** 2;
/** As many pieces as one call of writev takes everywhere (IOV_MAX). */
const MOST_PIECES = 1024;
/** Written out in the background every so often: a whole image at the end would be waited for. */
const SYNC_BYTES = 64 * 1024 ** 2;

/**
 * Writes a stream to a file from a position on, in its order, while the caller goes on: what comes while a write is under way
 * is written by the next one at once. Killed at any moment, the file holds the beginning of the stream and nothing else.
 */
export class StreamWriter {
  readonly #file: FileHandle;
  #position: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #unsynced = 0;
  #error: Error | undefined;

  constructor(file: FileHandle, position = 0) {
    this.#file = file;
    this.#position = position;
  }

  /** Takes a piece, which must not change any more. Waits only where the disk is behind. @throws what a write before it met */
  async write(chunk: Buffer): Promise<void> {
    if (this.#error) throw this.#error;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#writing ??= this.#drain();
    if (this.#waitingBytes >= MOST_PENDING_BYTES) await this.#writing;
    if (this.#error) throw this.#error;
  }

  /** Waits until all of it is written. @throws what a write met */
  async end(): Promise<void> {
    await this.#writing;
    await this.#syncing;
    if (this.#error) throw this.#error;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#writeWaiting();
    } catch (error) {
      this.#error = error as Error;
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeWaiting(): Promise<void> {
    const pieces = this.#waiting.splice(0, MOST_PIECES);
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    this.#waitingBytes -= bytes;
    const { bytesWritten } = await this.#file.writev(pieces, this.#position);
    // A file system that fills up takes a part, and says that it is full only the next time.
    if (bytesWritten < bytes) {
      await writeAll(this.#file, Buffer.concat(pieces).subarray(bytesWritten), this.#position + bytesWritten);
    }
    this.#position += bytes;
    this.#sync(bytes);
  }

  #sync(bytes: number): void {
    this.#unsynced += bytes;
    if (this.#unsynced < SYNC_BYTES || this.#syncing) return;
    this.#unsynced = 0;
    const ended = () => {
      this.#syncing = undefined;
    };
    this.#syncing = this.#file.datasync().then(ended, ended);
  }
}
