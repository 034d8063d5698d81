import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

/** RFC 6455, 7.4.1. */
const CLOSED = { normally: 1000, broken: 1011 } as const;
/** RFC 6455: a reason has at most 123 bytes. */
const REASON_BYTES = 123;
/** A WebSocket that holds more than this unsent makes the stream wait. */
const MOST_UNSENT_BYTES = 1024 * 1024;

/** How long a side that does not read may keep what was sent to it. */
const LAST_WORDS_MS = 10_000;

/** WebSocket knows no half-closed connection; this text message says that one side has no more to send. */
const END = 'end';

export interface TunnelOptions {
  /**
   * Whether the end of one direction leaves the other open, as a TCP connection's does. Both ends must agree: it is so for
   * `portforward`. Without it the tunnel closes with whichever side ends first.
   */
  readonly halfOpen?: boolean;
}

export const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);

/** Ends a WebSocket with a reason, as much of it as fits. */
export function closeWith(socket: WebSocket, code: number, reason: string): void {
  socket.close(
    code,
    Buffer.from(reason)
      .subarray(0, REASON_BYTES)
      .toString('utf8')
      .replace(/\uFFFD$/, ''),
  );
}

/** Joins a WebSocket of binary messages and a stream until both have ended; either that is slow makes the other wait. Never rejects. */
export async function tunnel(
  socket: WebSocket,
  stream: Duplex,
  { halfOpen = false }: TunnelOptions = {},
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ended = { socket: false, stream: false };
  const end = (side: keyof typeof ended): void => {
    ended[side] = true;
    if (!halfOpen || (ended.socket && ended.stream)) socket.close(CLOSED.normally);
  };
  socket.on('message', (data, isBinary) => {
    if (isBinary) return void write(socket, stream, bytesOf(data));
    stream.end();
    end('socket');
  });
  socket.on('error', () => stream.destroy());
  socket.on('close', () => {
    finish(stream);
    resolve();
  });
  stream.on('data', (chunk: Buffer) => send(socket, stream, chunk));
  const noMore = (): void => {
    if (halfOpen && socket.readyState === socket.OPEN) socket.send(END);
    end('stream');
  };
  stream.once('end', noMore);
  stream.on('error', (error) => closeWith(socket, CLOSED.broken, error.message));
  stream.on('close', () => {
    // One that is paused would never see the other side's answer.
    socket.resume();
    socket.close(CLOSED.normally);
  });
  socket.resume();
  // It may have ended or broken before anybody listened.
  if (stream.readableEnded) noMore();
  if (stream.destroyed) closeWith(socket, CLOSED.broken, stream.errored?.message ?? 'the connection was closed');
  await promise;
}

/** What was sent before the end still goes out, to a reader that reads. */
function finish(stream: Duplex): void {
  const late = setTimeout(() => stream.destroy(), LAST_WORDS_MS).unref();
  stream.once('close', () => clearTimeout(late));
  if (stream.writableFinished) stream.destroy();
  else stream.end(() => stream.destroy());
}

function write(socket: WebSocket, stream: Duplex, bytes: Buffer): void {
  if (stream.writableEnded || stream.write(bytes)) return;
  socket.pause();
  stream.once('drain', () => socket.resume());
}

function send(socket: WebSocket, stream: Duplex, chunk: Buffer): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(chunk, { binary: true }, () => {
    if (stream.isPaused() && socket.bufferedAmount <= MOST_UNSENT_BYTES) stream.resume();
  });
  if (socket.bufferedAmount > MOST_UNSENT_BYTES) stream.pause();
}
