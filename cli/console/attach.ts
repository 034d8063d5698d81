import type { WebSocket } from 'ws';
import { rawMode, untilLeave } from './terminal.ts';

export interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
}

const CLOSED_NORMALLY = 1000;

/** How a console ended. */
export type End =
  | { readonly by: 'person' }
  | { readonly by: 'server'; readonly isRefusal: boolean; readonly reason: string };

const ended = (code: number, reason: Buffer): End => ({
  by: 'server',
  isRefusal: code !== CLOSED_NORMALLY,
  reason: reason.toString() || `the connection broke (${code})`,
});

/** Joins a terminal and a console until the person leaves or the server ends it. */
export async function attach(socket: WebSocket, { input, output }: Streams): Promise<End> {
  const restore = rawMode(input);
  const { promise, resolve, reject } = Promise.withResolvers<End>();
  socket.on('message', (data: Buffer) => void output.write(data));
  socket.on('close', (code, reason) => resolve(ended(code, reason)));
  socket.on('error', reject);
  socket.resume();
  input.on('data', (data: Buffer) => {
    const { guest, leaves } = untilLeave(data);
    if (guest.length > 0) socket.send(guest);
    if (!leaves) return;
    socket.close(CLOSED_NORMALLY, 'left');
    resolve({ by: 'person' });
  });
  try {
    return await promise;
  } finally {
    restore();
    input.pause();
  }
}
