import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { StatusError } from '../status-error.ts';
import { http } from './builtin.ts';
import { drained } from './drained.ts';

/** As kube-apiserver: compressing less than this costs more than it saves. */
export const gzipThreshold = 128 * 1024;

export const acceptsGzip = (req: IncomingMessage): boolean => /\bgzip\b/.test(String(req.headers['accept-encoding']));

/** Sends a whole body, compressed if it is large and the client asked. */
export async function send(
  req: IncomingMessage,
  res: ServerResponse,
  reply: { code: number; type?: string; body: string | Buffer; headers?: Record<string, string | string[]> },
): Promise<void> {
  let body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  const headers: Record<string, string | string[]> = {
    'content-type': reply.type ?? 'application/json',
    'cache-control': 'no-cache, private',
    ...reply.headers,
  };
  if (body.length > gzipThreshold && acceptsGzip(req)) {
    const { gzip } = await import('node:zlib');
    body = Buffer.from(await promisify(gzip)(body, { level: 1 }));
    headers['content-encoding'] = 'gzip';
  }
  res.writeHead(reply.code, { ...headers, 'content-length': String(body.length) });
  if (req.method !== 'HEAD') await writePieces(res, body);
  res.end();
}

/** Well below the 64 KiB that a socket buffers before it asks for a pause. */
const pieceBytes = 16 * 1024;

/**
 * Writes a body so that the socket is never full when its last byte leaves. Node pauses the parser of a connection whose
 * next request begins while the answer before still waits to be flushed, but TLS goes on feeding it with what that request
 * sent already: the parser fails with HPE_PAUSED, and the client is left with EOF.
 */
async function writePieces(res: ServerResponse, body: Buffer): Promise<void> {
  for (let at = 0; at < body.length; at += pieceBytes) {
    if (!res.write(body.subarray(at, at + pieceBytes))) await drained(res, res);
    if (res.destroyed) return;
  }
}

/** Sends any error as a Status. What is not a StatusError is our fault, and logged. */
export async function sendError(req: IncomingMessage, res: ServerResponse, error: unknown): Promise<void> {
  const status = asStatusError(error);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const retry = status.details?.retryAfterSeconds;
  const headers: Record<string, string> = retry === undefined ? {} : { 'retry-after': String(retry) };
  // The rest of a refused body is not read, so the connection cannot be used again.
  if (!req.complete) headers['connection'] = 'close';
  await send(req, res, { code: status.code, body: JSON.stringify(status.body()), headers });
}

/** Answers what asked for another protocol with a Status in plain HTTP, and ends the connection. */
export function sendStatus(socket: Duplex, status: StatusError): void {
  const body = JSON.stringify(status.body());
  const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
  socket.end(`HTTP/1.1 ${status.code} ${http.STATUS_CODES[status.code] ?? ''}\r\n${headers}\r\n\r\n${body}`);
}

export function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/database or disk is full|SQLITE_FULL/i.test(message)) {
    return new StatusError(507, 'InsufficientStorage', `the object was not saved: ${message}; free some disk space`);
  }
  console.error('apiserver:', error);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}
