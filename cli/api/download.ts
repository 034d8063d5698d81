import { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import { Failure } from '../errors.ts';
import type { Session } from './connect.ts';
import { openWebSocket } from './websocket.ts';

/**
 * Something large, for as long as it takes. From a cluster it comes as a WebSocket, as its API server ends other requests
 * after a minute: first a text message with the size, then the bytes. @throws ApiError, ConnectionError
 */
export async function openDownload({ client, endpoint }: Session, path: string): Promise<Readable> {
  if ('socketPath' in endpoint) return client.download(path);
  return Readable.from(content(await openWebSocket(endpoint, path)), { objectMode: false });
}

async function* content(socket: WebSocket): AsyncGenerator<Buffer> {
  const { createWebSocketStream } = await import('../chunks/websocket.ts');
  let [size, received, reason] = [-1, 0, ''];
  socket.once('close', (_code, text) => {
    reason = text.toString();
  });
  for await (const message of createWebSocketStream(socket, { readableObjectMode: true }) as AsyncIterable<unknown>) {
    if (typeof message === 'string') size = (JSON.parse(message) as { size: number }).size;
    else yield counted(message as Buffer);
  }
  if (received === size) return;
  const how = size < 0 ? 'before anything was sent' : `after ${received} of ${size} bytes`;
  throw new Failure('failed', reason === '' ? `the connection ended ${how}` : reason, 'try again');

  function counted(bytes: Buffer): Buffer {
    received += bytes.length;
    return bytes;
  }
}
