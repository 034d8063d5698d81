import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { https } from '../apiserver/http/builtin.ts';
import { closeServer, type secureContext, TLS_SERVER } from '../apiserver/http/listen.ts';

const CONNECT_MS = 10_000;

/** The address of this host on the way to a server: what that server, and others beside it, reach this host by. */
export async function addressTowards(url: string): Promise<string> {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({ host, port: Number(port || (protocol === 'http:' ? 80 : 443)), timeout: CONNECT_MS });
  try {
    await Promise.race([
      once(socket, 'connect'),
      once(socket, 'timeout').then(() => Promise.reject(new Error(`${url} does not answer`))),
    ]);
    return socket.localAddress?.replace(/^::ffff:/, '') ?? '';
  } finally {
    socket.destroy();
  }
}

export interface Listening {
  readonly server: Server & { setSecureContext(context: ReturnType<typeof secureContext>): void };
  readonly port: number;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Whether another port will do where that one is taken. */
  readonly orAny: boolean;
}

export async function listen(
  context: ReturnType<typeof secureContext>,
  where: ListenOptions,
  onRequest: RequestListener,
): Promise<Listening> {
  // A resumed session brings no chain of certificates; those who call here keep their connections anyway.
  const server = https.createServer({ ...context, ...TLS_SERVER, sessionTimeout: 1 }, onRequest);
  const streams = new Set<Duplex>();
  server.on('upgrade', (_req, socket) => {
    streams.add(socket);
    socket.once('close', () => streams.delete(socket));
  });
  const open = async (port: number): Promise<void> => {
    server.listen({ host: where.host, port });
    await once(server, 'listening');
  };
  await open(where.port).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && where.orAny) return open(0);
    throw new Error(`cannot serve at ${where.host} port ${where.port}: ${error.message}`, { cause: error });
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : where.port;
  // HTTP knows nothing of these any more, and would wait for their end.
  const end = () => {
    for (const stream of streams) stream.destroy();
  };
  return {
    server,
    port,
    close: () => {
      end();
      return closeServer(server);
    },
  };
}
