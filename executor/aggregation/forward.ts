import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestOptions,
  ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { PeerCertificate } from 'node:tls';
import type { User } from '../apiserver/call.ts';
import { http, https } from '../apiserver/http/builtin.ts';
import { StatusError } from '../apiserver/status-error.ts';
import { carry } from './authenticate.ts';
import type { Executor } from './nodes.ts';
import type { Identity } from './pki.ts';

/** RFC 9110, 7.6.1: headers of one connection; and what we say ourselves. */
const OWN = /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|host|authorization|x-remote-.*)$/;
const CONNECT_MS = 10_000;

function kept(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.test(name)));
}

/** An address may be another node's by now: whom we speak with, the certificate says. */
const isNode =
  (node: string) =>
  (_host: string, { subject }: PeerCertificate) =>
    subject?.CN === node ? undefined : new Error(`there is the executor of ${subject?.CN}, not of ${node}`);

function open(
  req: IncomingMessage,
  to: Executor,
  { ca, certificate, key }: Identity,
  headers: OutgoingHttpHeaders,
): ClientRequest {
  const options: RequestOptions & Record<string, unknown> = {
    ...{ host: to.host, port: to.port, method: req.method, path: req.url, headers },
    ...{ ca, cert: certificate, key, agent: false, servername: '', checkServerIdentity: isNode(to.node) },
  };
  const outgoing = https.request(options);
  const timer = setTimeout(() => outgoing.destroy(new Error('no answer')), CONNECT_MS);
  outgoing.once('socket', (socket) => socket.once('secureConnect', () => clearTimeout(timer)));
  outgoing.once('close', () => clearTimeout(timer));
  return outgoing;
}

const unreachable = ({ node }: Executor, cause: Error): StatusError =>
  new StatusError(503, 'ServiceUnavailable', `the executor of the node ${node} cannot be reached: ${cause.message}`);

/** Sends a request on to the executor of another node, and its answer back; neither is held in memory. @throws StatusError 503 */
export function forward(
  req: IncomingMessage,
  res: ServerResponse,
  to: Executor,
  identity: Identity,
  user: User,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = open(req, to, identity, { ...kept(req.headers), ...carry(user) });
    outgoing.on('error', (error) => (res.headersSent ? res.destroy() : reject(unreachable(to, error))));
    outgoing.once('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, kept(answer.headers));
      // A stream that goes on begins long before its first byte.
      res.flushHeaders();
      answer.on('error', () => res.destroy()).pipe(res);
    });
    res.once('close', () => {
      outgoing.destroy();
      resolve();
    });
    req.on('error', () => outgoing.destroy()).pipe(outgoing);
  });
}

/** The same for a connection that becomes a WebSocket; the two streams are joined as they are. */
export function forwardUpgrade(
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  to: Executor,
  identity: Identity,
  user: User,
): Promise<void> {
  const words = { connection: 'Upgrade', upgrade: req.headers.upgrade ?? 'websocket' };
  return new Promise((resolve, reject) => {
    const outgoing = open(req, to, identity, { ...kept(req.headers), ...carry(user), ...words });
    outgoing.on('error', (error) => reject(unreachable(to, error)));
    outgoing.once('upgrade', (answer, remote, rest) => {
      socket.write(headOf(answer));
      join(socket, remote, head, rest);
      resolve();
    });
    outgoing.once('response', (answer) => {
      socket.write(headOf(answer, { connection: 'close' }));
      answer.on('error', () => socket.destroy()).pipe(socket);
      resolve();
    });
    socket.once('close', () => outgoing.destroy());
    outgoing.end();
  });
}

/** The status line and the headers as bytes; where `instead` is given, with those of the connection replaced. */
function headOf({ statusCode = 502, rawHeaders }: IncomingMessage, instead?: Readonly<Record<string, string>>): string {
  const lines = [`HTTP/1.1 ${statusCode} ${http.STATUS_CODES[statusCode] ?? ''}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!instead || !OWN.test(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  for (const [name, value] of Object.entries(instead ?? {})) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function join(client: Duplex, remote: Duplex, head: Buffer, rest: Buffer): void {
  if (head.length > 0) remote.write(head);
  if (rest.length > 0) client.write(rest);
  for (const [from, to] of [
    [client, remote],
    [remote, client],
  ] as const) {
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroy());
    from.pipe(to);
  }
}
