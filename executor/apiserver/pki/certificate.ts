import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, boolean, explicit, implicit, integer, octets, oid, sequence, set, time, utf8 } from './der.ts';

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface CertificateRequest {
  commonName: string;
  organization?: string;
  /** Host names and IP addresses. */
  hosts?: string[];
  /** A `peer` is a server and a client. */
  usage: 'ca' | 'server' | 'client' | 'peer';
  days: number;
  /** Who signs; absent for a certificate that signs itself. */
  issuer?: KeyPair & { keyObject: KeyObject };
}

const ids = {
  commonName: oid('2.5.4.3'),
  organization: oid('2.5.4.10'),
  ecdsaWithSha256: oid('1.2.840.10045.4.3.2'),
  basicConstraints: oid('2.5.29.19'),
  keyUsage: oid('2.5.29.15'),
  extendedKeyUsage: oid('2.5.29.37'),
  subjectAltName: oid('2.5.29.17'),
  server: oid('1.3.6.1.5.5.7.3.1'),
  client: oid('1.3.6.1.5.5.7.3.2'),
};

const purposes = {
  server: [ids.server],
  client: [ids.client],
  peer: [ids.server, ids.client],
} satisfies Record<Exclude<CertificateRequest['usage'], 'ca'>, Buffer[]>;

const hourMs = 3_600_000;

/**
 * Makes an X.509 v3 certificate on a new P-256 key. Written out here because a certificate library would cost the
 * daemon more memory than all of its API server.
 */
export function issue(request: CertificateRequest, now: Date): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { issuer } = request;
  const algorithm = sequence(ids.ecdsaWithSha256);
  const subject = nameOf(request);
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    issuer ? subjectOf(issuer.certificate) : subject,
    // A client's clock may be a little behind.
    sequence(time(new Date(now.getTime() - hourMs)), time(new Date(now.getTime() + request.days * 24 * hourMs))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(request))),
  );
  const signature = sign('sha256', body, issuer?.keyObject ?? privateKey);
  const certificate = pem('CERTIFICATE', sequence(body, algorithm, bits(signature)));
  return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** Whether two thirds of its life are over: what is left outlasts weeks in which nobody could renew it. */
export function isDue({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  return now.getTime() >= from + ((to - from) * 2) / 3;
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function nameOf({ commonName, organization }: Pick<CertificateRequest, 'commonName' | 'organization'>): Buffer {
  const part = (id: Buffer, text: string) => set(sequence(id, utf8(text)));
  const parts = organization ? [part(ids.organization, organization)] : [];
  return sequence(...parts, part(ids.commonName, commonName));
}

/** Our own CA has but a common name. */
const subjectOf = (certificate: string): Buffer => {
  const { subject } = new X509Certificate(certificate);
  return nameOf({ commonName: subject.replace(/^CN=/, '') });
};

function extensions({ usage, hosts = [] }: CertificateRequest): Buffer[] {
  const critical = boolean(true);
  const extension = (id: Buffer, value: Buffer, ...flags: Buffer[]) => sequence(id, ...flags, octets(value));
  if (usage === 'ca') {
    return [
      extension(ids.basicConstraints, sequence(boolean(true)), critical),
      // keyCertSign, cRLSign
      extension(ids.keyUsage, bits(Buffer.from([0b0000_0110]), 1), critical),
    ];
  }
  const alternatives = hosts.map((host) =>
    isIP(host) ? implicit(7, addressBytes(host)) : implicit(2, Buffer.from(host)),
  );
  return [
    // digitalSignature
    extension(ids.keyUsage, bits(Buffer.from([0b1000_0000]), 7), critical),
    extension(ids.extendedKeyUsage, sequence(...purposes[usage])),
    ...(alternatives.length > 0 ? [extension(ids.subjectAltName, sequence(...alternatives))] : []),
  ];
}

function addressBytes(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from(host.split('.').map(Number));
  const [head = '', tail = ''] = host.split('::');
  const groups = (text: string) => text.split(':').filter((part) => part !== '');
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = host.includes('::')
    ? [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)]
    : groups(head);
  return Buffer.from(all.map((part) => part.padStart(4, '0')).join(''), 'hex');
}

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')}\n-----END ${label}-----\n`;
