import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { ApiError, ConnectionError, type KubeStatus } from '../../schemas/client/errors.ts';
import type { Endpoint } from '../../schemas/client/transport.ts';

export type { WebSocket };

async function refusal(response: IncomingMessage): Promise<ApiError> {
  let text = '';
  for await (const chunk of response) text += chunk;
  let status: KubeStatus;
  try {
    status = JSON.parse(text) as KubeStatus;
  } catch {
    status = { message: text.trim() || `the server answered with HTTP ${response.statusCode}` };
  }
  return new ApiError(response.statusCode ?? 500, status);
}

async function dial(endpoint: Endpoint, path: string): Promise<WebSocket> {
  // A host has to stand in the URL of a unix socket, and what follows the colon is the path of the request.
  if ('socketPath' in endpoint) return new WebSocket(`ws+unix:${endpoint.socketPath}:${path}`);
  const headers = (await endpoint.headers?.()) ?? {};
  return new WebSocket(endpoint.url.replace(/^http/, 'ws').replace(/\/$/, '') + path, { ...endpoint.tls, headers });
}

/** Opens a WebSocket on the API. @throws ApiError when the server refuses, ConnectionError when nobody answers */
export async function openWebSocket(endpoint: Endpoint, path: string): Promise<WebSocket> {
  const socket = await dial(endpoint, path);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => void refusal(response).then(reject, reject));
    socket.once('error', (cause) => reject(new ConnectionError(`cannot reach the API: ${cause.message}`, { cause })));
  });
}
