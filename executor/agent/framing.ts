import { AgentProtocolError } from './errors.ts';

export type JsonObject = { readonly [key: string]: unknown };

const NEWLINE = 0x0a;
/** Byte that the agent puts before its answer to `guest-sync-delimited`; no JSON has it. */
export const SENTINEL = 0xff;

/**
 * Cuts what comes from the agent into answers, one a line. Until the sentinel of a `guest-sync-delimited` has come, everything
 * is dropped unread: it may be the rest of an answer to somebody who went away, of any length.
 */
export class AgentDecoder {
  #dropping = true;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Bytes of an answer that are taken; set before each command. */
  maxBytes = 64 * 1024;

  /** Drops everything until the next sentinel. */
  resync(): void {
    this.#dropping = true;
    this.#pieces = [];
    this.#bytes = 0;
  }

  /** Takes the next bytes and yields each answer that they complete. @throws AgentProtocolError */
  *push(chunk: Buffer): Generator<JsonObject> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#dropping) {
        const at = rest.indexOf(SENTINEL);
        if (at < 0) return;
        this.#dropping = false;
        rest = rest.subarray(at + 1);
        continue;
      }
      const end = rest.indexOf(NEWLINE);
      this.#keep(end < 0 ? rest : rest.subarray(0, end));
      if (end < 0) return;
      rest = rest.subarray(end + 1);
      const line = Buffer.concat(this.#pieces).toString('utf8').trim();
      this.#pieces = [];
      this.#bytes = 0;
      if (line !== '') yield parse(line);
    }
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.maxBytes)
      throw new AgentProtocolError(`the guest agent's answer has more than ${this.maxBytes} bytes and was not read`);
    if (piece.length > 0) this.#pieces.push(piece);
  }
}

function parse(line: string): JsonObject {
  const value = attempt(line);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new AgentProtocolError('what listens in the guest does not answer as a guest agent does: no JSON object');
}

function attempt(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
