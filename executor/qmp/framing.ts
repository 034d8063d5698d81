import { QmpProtocolError } from './errors.ts';

/** The largest answer in use, that of `query-qmp-schema`, has 250 KB; what is a hundred times larger is not QMP. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
const NEWLINE = 0x0a;

export type JsonObject = { readonly [key: string]: unknown };

/** Cuts a byte stream into JSON objects, one a line, as QMP's specification has it. */
export class MessageDecoder {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes = MAX_MESSAGE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the next bytes and yields each message that they complete.
   * @throws QmpProtocolError on a line that is no JSON object or has more bytes than the limit
   */
  *push(chunk: Buffer): Generator<JsonObject> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(this.#pieces).toString('utf8').trim();
      this.#pieces = [];
      this.#bytes = 0;
      if (line !== '') yield parse(line);
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) {
      throw new QmpProtocolError(`a QMP message has more than ${this.#maxBytes} bytes: the other side is not qemu`);
    }
    this.#pieces.push(piece);
  }
}

/** A line of QMP. qemu accepts non-ASCII text as it is. */
export function encode(message: JsonObject): string {
  return `${JSON.stringify(message)}\n`;
}

function parse(line: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new QmpProtocolError(`expected a line of JSON from qemu, got ${excerpt(line)}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new QmpProtocolError(`expected a JSON object from qemu, got ${excerpt(line)}`);
  }
  return value as JsonObject;
}

function excerpt(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
}
