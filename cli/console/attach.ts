import type { WebSocket } from '../chunks/websocket.ts';
import { rawMode, untilLeave } from './terminal.ts';

export interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
}

const CLOSED_NORMALLY = 1000;

/**
 * Joins a terminal and a console until the person leaves or the machine ends it.
 * @returns why the server ended it, or undefined where the person left
 */
export async function attach(socket: WebSocket, { input, output }: Streams): Promise<string | undefined> {
  const restore = rawMode(input);
  const onData = (data: Buffer) => {
    const { guest, leaves } = untilLeave(data);
    if (guest.length > 0) socket.send(guest);
    if (leaves) socket.close(CLOSED_NORMALLY, 'left');
  };
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    let hasLeft = false;
    socket.on('message', (data: Buffer) => void output.write(data));
    socket.on('close', (code, reason) => resolve(hasLeft ? undefined : reason.toString() || `closed (${code})`));
    socket.on('error', reject);
    input.on('data', (data: Buffer) => {
      hasLeft ||= untilLeave(data).leaves;
      onData(data);
    });
    return await promise;
  } finally {
    restore();
    input.pause();
  }
}
