/** Takes a stream in pieces of any length, and counts what came. */
export class ByteReader {
  /** Bytes taken so far. */
  bytes = 0;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** So many bytes, fewer at the end, nothing behind it. For small pieces only: they are held in memory. */
  async read(length: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for await (const piece of this.take(length)) pieces.push(piece);
    const all = Buffer.concat(pieces);
    return all.length === 0 && length > 0 ? undefined : all;
  }

  /** So many bytes as they come; fewer when the stream ends before. */
  async *take(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done) return;
        this.#rest = value;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      this.bytes += piece.length;
      yield piece;
    }
  }
}
