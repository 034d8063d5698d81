import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** More than any client of ours sends in one message. */
const MOST_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Takes a connection over as a WebSocket. A client that names subprotocols, as noVNC may, gets the first. */
export async function acceptWebSocket(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<WebSocket> {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES });
  return new Promise((resolve) => {
    server.handleUpgrade(request, stream, head, resolve);
  });
}
