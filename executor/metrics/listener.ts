import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PageHandler } from '../apiserver/http/router.ts';

/** Where to listen. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

export interface MetricsListener {
  /** Address and port, as found out where any port was asked for. */
  readonly url: string;
  close(): Promise<void>;
}

/** A scraper that keeps a connection open and asks nothing is let go. */
const IDLE_MS = 60_000;

const plain = (response: ServerResponse, code: number, words: string, headers: object = {}): void => {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(`${words}\n`);
};

/**
 * `GET /metrics` on plain HTTP and nothing else, for executors of a cluster, which have no API of their own. Whoever can connect may
 * read: choose the address, as for Prometheus' node_exporter.
 * @throws where the address is not to be had
 */
export async function serveMetrics({ host, port }: MetricsAddress, page: PageHandler): Promise<MetricsListener> {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/metrics') return plain(response, 404, 'there is only /metrics here');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return plain(response, 405, 'use GET', { allow: 'GET, HEAD' });
    await page(request, response);
  };
  const server = createServer({ keepAliveTimeout: IDLE_MS }, (request, response) => {
    // The executor may still be starting.
    serve(request, response).catch((error: Error) => plain(response, 503, error.message));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const { address, port: actual, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}/metrics`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
