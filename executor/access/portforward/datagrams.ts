import type { Socket } from 'node:dgram';
import type { WebSocket } from 'ws';
import { bytesOf } from '../../../schemas/client/tunnel.ts';

/** Datagrams that a slow client has not taken yet are lost, as on any network. */
const MOST_UNSENT_BYTES = 1024 * 1024;

/** Joins a WebSocket and a connected UDP socket: each message is one datagram. Until the client leaves; never rejects. */
export async function datagramTunnel(client: WebSocket, guest: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // A port that nobody listens on answers with an error; the next datagram may find somebody.
  guest.on('error', () => {});
  guest.on('message', (message) => {
    if (client.readyState === client.OPEN && client.bufferedAmount < MOST_UNSENT_BYTES) client.send(message);
  });
  client.on('message', (data, isBinary) => {
    if (isBinary) guest.send(bytesOf(data), () => {});
  });
  client.on('error', () => client.terminate());
  client.on('close', resolve);
  await promise;
  guest.close();
}
