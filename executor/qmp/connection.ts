import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { QmpClosedError } from './errors.ts';
import { encode, type JsonObject, MessageDecoder } from './framing.ts';

/** A socket that carries QMP messages, and the reason for which it ended. */
export class QmpConnection {
  readonly path: string;
  /** Settles once, when the connection has ended, with the reason. Never rejects. */
  readonly closed: Promise<Error>;
  readonly #socket: Socket;
  #end: (cause: Error) => void = () => {};
  #ended: Error | undefined;

  constructor(path: string, socket: Socket, onMessage: (message: JsonObject) => void) {
    this.path = path;
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    const decoder = new MessageDecoder();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of decoder.push(chunk)) onMessage(message);
      } catch (error) {
        this.close(error as Error);
      }
    });
    socket.on('error', (cause) => this.close(closedError(path, cause)));
    socket.on('close', () => this.close(closedError(path)));
  }

  send(message: JsonObject): void {
    this.#socket.write(encode(message));
  }

  /** Ends the connection; the first reason given is the one kept. */
  close(cause: Error = new QmpClosedError(`the QMP connection ${this.path} was closed by us`)): void {
    if (this.#ended) return;
    this.#ended = cause;
    this.#socket.destroy();
    this.#end(cause);
  }

  get ended(): Error | undefined {
    return this.#ended;
  }
}

/** Connects a socket; an abort ends the attempt with the signal's reason. */
export async function openSocket(path: string, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ path });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (cause) {
    socket.on('error', () => {});
    socket.destroy();
    throw signal.aborted ? signal.reason : closedError(path, cause as Error);
  }
}

function closedError(path: string, cause?: Error): QmpClosedError {
  const why = cause ? `failed: ${cause.message}` : 'was closed by qemu';
  return new QmpClosedError(`the QMP connection ${path} ${why}`, { cause });
}
