import type { FileHandle } from 'node:fs/promises';
import { writeAll } from '../write-all.ts';

const BUFFER_BYTES = 1024 ** 2;
/** As fine as holes are left: small enough for file systems' blocks, large enough for few writes. */
const BLOCK_BYTES = 64 * 1024;

/** Writes a stream into a file from its beginning, what is empty as holes, in few large writes. */
export class SparseWriter {
  /** Bytes that were taken in, holes included. */
  bytes = 0;
  /** Bytes that take room in the file. */
  written = 0;
  readonly #file: FileHandle;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #filled = 0;
  #flushed = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const length = Math.min(chunk.length - at, BUFFER_BYTES - this.#filled);
      chunk.copy(this.#buffer, this.#filled, at, at + length);
      this.#filled += length;
      at += length;
      if (this.#filled === BUFFER_BYTES) await this.#flush();
    }
    this.bytes += chunk.length;
  }

  /** Writes what is left, and gives the file its length where it ends with a hole. */
  async end(): Promise<void> {
    await this.#flush();
    await this.#file.truncate(this.bytes);
  }

  async #flush(): Promise<void> {
    const whole = this.#buffer.subarray(0, this.#filled);
    let from = 0;
    for (let at = 0; at < whole.length; at += BLOCK_BYTES) {
      if (!isEmpty(whole.subarray(at, at + BLOCK_BYTES))) continue;
      await this.#put(whole, from, at);
      from = at + BLOCK_BYTES;
    }
    await this.#put(whole, from, whole.length);
    this.#flushed += this.#filled;
    this.#filled = 0;
  }

  async #put(whole: Buffer, from: number, to: number): Promise<void> {
    if (to <= from) return;
    await writeAll(this.#file, whole.subarray(from, to), this.#flushed + from);
    this.written += to - from;
  }
}

/** A buffer that equals itself shifted by one byte, and begins with zero, is all zero: memcmp is quicker than any loop. */
export const isEmpty = (chunk: Buffer): boolean => chunk[0] === 0 && chunk.subarray(1).equals(chunk.subarray(0, -1));
