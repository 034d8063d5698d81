import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6, type Socket } from 'node:net';
import { isGuest } from './neighbour.ts';

/** Where a guest is on a network that this host shares with it. */
export interface GuestAddress {
  readonly address: string;
  readonly macAddress: string;
}

const CONNECT_MS = 5000;

const notTheGuest = ({ address, macAddress }: GuestAddress): Error =>
  new Error(`${address} is not answered by the card ${macAddress} of the machine on a network of this node`);

/** @throws when nothing listens there, or when it is not the guest that does */
export async function connectAddress(guest: GuestAddress, port: number): Promise<Socket> {
  const socket = connect({ host: guest.address, port, noDelay: true, allowHalfOpen: true });
  socket.on('error', () => {});
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
    if (!(await isGuest(guest.address, guest.macAddress))) throw notTheGuest(guest);
    return socket;
  } catch (error) {
    socket.destroy();
    throw (error as Error).name === 'AbortError' ? new Error(`${guest.address} does not answer`) : error;
  }
}

/** A socket whose peer is the guest's port. The empty datagram has the host look for the guest. */
export async function openDatagrams(guest: GuestAddress, port: number): Promise<UdpSocket> {
  const socket = createSocket(isIPv6(guest.address) ? 'udp6' : 'udp4');
  socket.on('error', () => {});
  socket.connect(port, guest.address);
  try {
    await once(socket, 'connect');
    socket.send('');
    if (!(await isGuest(guest.address, guest.macAddress))) throw notTheGuest(guest);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
