import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { ApiError, ConnectionError } from '../../schemas/client/errors.ts';
import { type Endpoint, ensureOk } from '../../schemas/client/transport.ts';

async function dial(endpoint: Endpoint, path: string): Promise<WebSocket> {
  const { WebSocket } = await import('../chunks/websocket.ts');
  // What follows the second colon is the path of the request.
  if ('socketPath' in endpoint) return new WebSocket(`ws+unix:${endpoint.socketPath}:${path}`);
  const headers = (await endpoint.headers?.()) ?? {};
  return new WebSocket(endpoint.url.replace(/^http/, 'ws').replace(/\/$/, '') + path, { ...endpoint.tls, headers });
}

/** The server's reason not to switch to a WebSocket. */
async function refusal(response: IncomingMessage): Promise<never> {
  await ensureOk(response);
  throw new ApiError(response.statusCode ?? 0, { message: 'the server does not speak WebSocket here' });
}

/**
 * Opens a WebSocket on the API. It is paused until whoever asked for it listens and calls `resume()`: the other side may
 * speak first. @throws ApiError when the server refuses, ConnectionError when nobody answers */
export async function openWebSocket(endpoint: Endpoint, path: string): Promise<WebSocket> {
  const socket = await dial(endpoint, path);
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.pause();
      resolve(socket);
    });
    socket.once('unexpected-response', (_request, response) => void refusal(response).catch(reject));
    socket.once('error', (cause) => reject(new ConnectionError(`cannot reach the API: ${cause.message}`, { cause })));
  });
}
