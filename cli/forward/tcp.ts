import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { type TunnelOptions, tunnel } from '../../schemas/client/tunnel.ts';

/** A listener on this machine. */
export interface Listener {
  readonly port: number;
  close(): void;
}

/** What was said of a connection that failed. */
export type Told = (message: string) => void;

async function serve(local: Socket, dial: () => Promise<WebSocket>, tell: Told, how: TunnelOptions): Promise<void> {
  local.on('error', () => local.destroy());
  try {
    await tunnel(await dial(), local, how);
  } catch (error) {
    tell((error as Error).message);
    local.destroy();
  }
}

/** Listens, and joins each connection with one of its own to the guest. @throws when the port is taken */
export async function listenTcp(
  address: string,
  port: number,
  dial: () => Promise<WebSocket>,
  tell: Told,
  how: TunnelOptions = { halfOpen: true },
): Promise<Listener> {
  const allowHalfOpen = how.halfOpen === true;
  const server = createServer({ allowHalfOpen, noDelay: true }, (local) => void serve(local, dial, tell, how));
  server.listen(port, address);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
