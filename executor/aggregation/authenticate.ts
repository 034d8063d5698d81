import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { EXECUTORS } from '../../schemas/cluster.ts';
import type { User } from '../apiserver/call.ts';
import { unauthorized } from '../apiserver/status-error.ts';
import { certificatesOf, type RequestHeader } from './request-header.ts';

/** Who asks, and who says so. */
export interface Caller {
  readonly user: User;
  /** `executor` where another one has forwarded the request. */
  readonly by: 'apiserver' | 'executor';
}

/** Whom this server believes. */
export interface Trust {
  readonly requestHeader: RequestHeader;
  /** PEM certificates of the CA that executors share. */
  readonly executorsCa: string;
}

/** The headers that executors carry a user in: those that an API server has by default. */
export const CARRIED: Omit<RequestHeader, 'ca' | 'allowedNames'> = {
  userHeaders: ['x-remote-user'],
  groupHeaders: ['x-remote-group'],
  extraPrefixes: ['x-remote-extra-'],
};

const LONGEST_CHAIN = 8;

const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/** Whether a chain leads to one of these CAs, and not merely to one that TLS knows: two kinds of clients are told apart by it. */
export function leadsTo(leaf: X509Certificate | undefined, bundle: string): boolean {
  const roots = certificatesOf(bundle);
  let certificate = leaf;
  for (let depth = 0; certificate && depth < LONGEST_CHAIN; depth += 1) {
    const current: X509Certificate = certificate;
    if (roots.some((root) => isSignedBy(current, root))) return true;
    const issuer: X509Certificate | undefined = current.issuerCertificate;
    certificate =
      issuer?.ca && issuer.fingerprint256 !== current.fingerprint256 && isSignedBy(current, issuer)
        ? issuer
        : undefined;
  }
  return false;
}

/** The parts of a name, such as `CN=a\nO=b`. */
const partsOf = (certificate: X509Certificate, type: string): string[] =>
  certificate.subject.split('\n').flatMap((line) => (line.startsWith(`${type}=`) ? [line.slice(type.length + 1)] : []));

const commonName = (certificate: X509Certificate): string => partsOf(certificate, 'CN')[0] ?? '';

type Headers = IncomingMessage['headersDistinct'];

/** The user that headers name. Source: k8s.io/apiserver `headerrequest`. @throws StatusError 401 */
export function userOf(headers: Headers, names: typeof CARRIED): User {
  const name = names.userHeaders.flatMap((header) => headers[header] ?? []).find((value) => value !== '');
  if (name === undefined) throw unauthorized();
  const groups = names.groupHeaders.flatMap((header) => headers[header] ?? []);
  const extra = Object.entries(headers).flatMap(([header, values = []]) => {
    const prefix = names.extraPrefixes.find((start) => header.startsWith(start));
    return prefix === undefined ? [] : [[decoded(header.slice(prefix.length)), values] as const];
  });
  return { name, groups, ...(extra.length > 0 && { extra: Object.fromEntries(extra) }) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Who sends a request: headers are believed from the API server and from other executors alone, by their certificates.
 * @throws StatusError 401
 */
export function authenticate(req: IncomingMessage, { requestHeader, executorsCa }: Trust): Caller {
  const socket = req.socket as TLSSocket;
  const leaf = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (!leaf) throw unauthorized();
  if (leadsTo(leaf, executorsCa) && partsOf(leaf, 'O').includes(EXECUTORS)) {
    return { user: userOf(req.headersDistinct, CARRIED), by: 'executor' };
  }
  const { allowedNames } = requestHeader;
  const isAllowed = allowedNames.length === 0 || allowedNames.includes(commonName(leaf));
  if (!isAllowed || !leadsTo(leaf, requestHeader.ca)) throw unauthorized();
  return { user: userOf(req.headersDistinct, requestHeader), by: 'apiserver' };
}

/** The same user for the next executor. */
export function carry({ name, groups, extra = {} }: User): Record<string, string[]> {
  const extras = Object.entries(extra).map(([key, values]) => [`x-remote-extra-${encodeURIComponent(key)}`, values]);
  return { 'x-remote-user': [name], 'x-remote-group': groups, ...Object.fromEntries(extras) };
}
