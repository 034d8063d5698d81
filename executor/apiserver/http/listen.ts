import { chmodSync, rmSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import type { KeyPair } from '../pki/certificate.ts';
import type { Pki } from '../pki/index.ts';
import { http, https } from './builtin.ts';

/** Longer than clients keep an idle connection, so that it is they who close it and no request meets a closed one. */
export const keepAliveTimeout = 150_000;
/** Linux' `sun_path`, less the final zero. */
const longestSocketPath = 107;

/** Serves the unix socket. @throws Error when the path is too long for one */
export async function listenUnix(path: string, onRequest: RequestListener): Promise<Server> {
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw new Error(
      `the socket path ${path} is longer than ${longestSocketPath} bytes: use a folder with a shorter name`,
    );
  }
  // Whoever holds the database's lock owns the folder; a socket in it is a dead server's.
  rmSync(path, { force: true });
  const server = http.createServer({ keepAliveTimeout }, onRequest);
  await listening(server, { path });
  chmodSync(path, 0o600);
  return server;
}

/**
 * What TLS needs, and what is renewed while it is served.
 * @param ca by which the certificates of those who call are judged
 */
export const secureContext = ({ key, certificate }: KeyPair, ca: string | string[]) => ({
  ...{ key, cert: certificate, ca },
  ...{ minVersion: 'TLSv1.2' as const, sessionIdContext: 'vmctl' },
});

/** Certificates are asked for and judged at each request, so that all get a Status for an answer. */
export const TLS_SERVER = {
  ...{ keepAliveTimeout, requestCert: true, rejectUnauthorized: false },
  ALPNProtocols: ['http/1.1'],
};

export type TlsServer = ReturnType<typeof https.createServer>;

/** Serves TLS. */
export async function listenTls(
  { server: pair, ca }: Pki,
  host: string,
  port: number,
  onRequest: RequestListener,
): Promise<TlsServer> {
  const server = https.createServer({ ...secureContext(pair, ca), ...TLS_SERVER }, onRequest);
  await listening(server, { host, port });
  return server;
}

function listening(server: Server, options: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Ends idle connections now and busy ones soon. */
export function closeServer(server: Server, graceMs = 1_000): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
