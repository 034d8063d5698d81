import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { User } from '../call.ts';
import { unauthorized } from '../status-error.ts';

/** Who may do everything: whoever can open the socket's folder, or holds the client key or the token. */
export const admin: User = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/** What anyone may ask, as on a real server. */
export const anonymousPaths = /^\/(healthz|livez|readyz)(\/|$)|^\/version\/?$/;

/**
 * Tells who sends a request. On the unix socket the file's permissions have decided already.
 * @throws StatusError 401
 */
export function authenticate(req: IncomingMessage, token: string): User {
  if (!isTls(req.socket)) return admin;
  if (req.socket.authorized) return userOf(req.socket);
  const [, given] = /^Bearer\s+(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
  if (given !== undefined && sameText(given, token)) return admin;
  throw unauthorized();
}

const isTls = (socket: Socket): socket is TLSSocket => 'encrypted' in socket && socket.encrypted === true;

/** Kubernetes' convention: the common name is the user, the organisations are the groups. */
function userOf(socket: TLSSocket): User {
  const { subject } = socket.getPeerCertificate();
  const groups = [subject?.O ?? []].flat();
  return { name: [subject?.CN ?? admin.name].flat()[0] ?? admin.name, groups: [...groups, 'system:authenticated'] };
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
