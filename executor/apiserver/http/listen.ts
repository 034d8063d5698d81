import { chmodSync, rmSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
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

/** What TLS needs. Certificates are asked for and judged at each request, so that all get a Status for an answer. */
export const secureContext = ({ ca, server }: Pki) => ({
  ...{ key: server.key, cert: server.certificate, ca },
  ...{ minVersion: 'TLSv1.2' as const, sessionIdContext: 'vmctl' },
});

export type TlsServer = ReturnType<typeof https.createServer>;

/** Serves TLS. */
export async function listenTls(pki: Pki, host: string, port: number, onRequest: RequestListener): Promise<TlsServer> {
  const fixed = { keepAliveTimeout, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] };
  const server = https.createServer({ ...secureContext(pki), ...fixed }, onRequest);
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
