import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { tunnel } from '../../schemas/client/tunnel.ts';

/** Joins this process's standard input and output with a connection, until both directions have ended. */
export async function joinStdio(socket: WebSocket): Promise<void> {
  const streams = { readable: process.stdin, writable: process.stdout };
  await tunnel(socket, Duplex.from(streams), { halfOpen: true });
}
