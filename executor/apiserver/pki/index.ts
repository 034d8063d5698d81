import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateRequest, isDue, issue, type KeyPair } from './certificate.ts';

export interface Pki {
  ca: string;
  server: KeyPair;
  client: KeyPair;
  /** A bearer token that does the same as the client certificate. */
  token: string;
}

const caDays = 3650;
const leafDays = 365;

/** Reads the keys and certificates in `dir`, making what is absent, broken, past two thirds of its life or for another host. */
export function loadPki(dir: string, host: string, now = new Date()): Pki {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const ca = ensure(dir, 'ca', { commonName: 'vmctl-ca', usage: 'ca', days: caDays }, now, () => true);
  const issuer = { ...ca, keyObject: createPrivateKey(ca.key) };
  const isOurs = (certificate: X509Certificate) => certificate.verify(new X509Certificate(ca.certificate).publicKey);
  const hosts = [...new Set([host, '127.0.0.1', 'localhost', 'kubernetes.default.svc'])];
  const server: CertificateRequest = { commonName: 'vmctl-apiserver', hosts, usage: 'server', days: leafDays, issuer };
  const client: CertificateRequest = {
    commonName: 'kubernetes-admin',
    organization: 'system:masters',
    usage: 'client',
    days: leafDays,
    issuer,
  };
  const servesHost = (c: X509Certificate) => (c.checkIP(host) ?? c.checkHost(host)) !== undefined;
  return {
    ca: ca.certificate,
    server: ensure(dir, 'server', server, now, (c) => isOurs(c) && servesHost(c)),
    client: ensure(dir, 'client', client, now, isOurs),
    token: ensureToken(dir),
  };
}

function ensure(
  dir: string,
  name: string,
  request: CertificateRequest,
  now: Date,
  isGood: (certificate: X509Certificate) => boolean,
): KeyPair {
  const [certificatePath, keyPath] = [join(dir, `${name}.crt`), join(dir, `${name}.key`)];
  const stored = read(certificatePath, keyPath);
  if (stored && isUsable(stored, now, isGood)) return stored;
  const pair = issue(request, now);
  replace(keyPath, pair.key);
  replace(certificatePath, pair.certificate);
  return pair;
}

function read(certificatePath: string, keyPath: string): KeyPair | undefined {
  try {
    return { certificate: readFileSync(certificatePath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
  } catch {
    return undefined;
  }
}

function isUsable(pair: KeyPair, now: Date, isGood: (certificate: X509Certificate) => boolean): boolean {
  try {
    const certificate = new X509Certificate(pair.certificate);
    return !isDue(certificate, now) && certificate.checkPrivateKey(createPrivateKey(pair.key)) && isGood(certificate);
  } catch {
    return false;
  }
}

function ensureToken(dir: string): string {
  const path = join(dir, 'token');
  try {
    const token = readFileSync(path, 'utf8').trim();
    if (token !== '') return token;
  } catch {
    // The first start.
  }
  const token = randomBytes(32).toString('base64url');
  replace(path, `${token}\n`);
  return token;
}

/** Never leaves half a file. */
export function replace(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}
