import type { WebSocket } from 'ws';
import type { Session } from '../api/connect.ts';
import { machineSubresource } from '../api/subresource.ts';
import { openWebSocket } from '../api/websocket.ts';

/** A port of a machine. */
export interface GuestPort {
  readonly machine: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Opens a connection to a port of a machine, through the API. @throws ApiError when the guest cannot be reached */
export const dialGuest = (
  { endpoint, namespace }: Pick<Session, 'endpoint' | 'namespace'>,
  { machine, port, protocol }: GuestPort,
): Promise<WebSocket> =>
  openWebSocket(endpoint, machineSubresource(namespace, machine, `portforward/${port}/${protocol}`));
