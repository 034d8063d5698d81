import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6, type Socket } from 'node:net';
import { accessForward } from '../../kinds/virtualmachine/passt.ts';
import type { PortForward } from '../../qemu/input.ts';
import type { AccessHost, RunningMachine } from '../host.ts';

const LOOPBACK = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

interface Listening {
  readonly host: string;
  readonly port: number;
}

/**
 * passt takes no forwards while it runs. A port that the spec forwards is reached through that; any other gets a forward of loopback,
 * for which passt is started anew, and keeps it until the machine stops: the next stream does not cut the guest's connections again.
 */
async function listening(
  { machines }: AccessHost,
  { machine, uid }: RunningMachine,
  nic: string,
  wanted: Pick<PortForward, 'port' | 'protocol'>,
): Promise<Listening> {
  const handle = machines.handle(uid);
  const forward = await machines.exclusive(uid, () => accessForward({ machines, handle, machine }, nic, wanted));
  return { host: LOOPBACK.get(forward.hostAddress) ?? forward.hostAddress, port: forward.hostPort };
}

/** @throws when passt does not listen */
export async function connectPasst(
  host: AccessHost,
  running: RunningMachine,
  nic: string,
  port: number,
): Promise<Socket> {
  const target = await listening(host, running, nic, { port, protocol: 'TCP' });
  const socket = connect({ ...target, noDelay: true, allowHalfOpen: true });
  // A guest that refuses may do so before anybody else listens.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** A socket whose peer is a UDP port of the guest. */
export async function openPasstDatagrams(
  host: AccessHost,
  running: RunningMachine,
  nic: string,
  port: number,
): Promise<UdpSocket> {
  const target = await listening(host, running, nic, { port, protocol: 'UDP' });
  const socket = createSocket(isIPv6(target.host) ? 'udp6' : 'udp4');
  socket.connect(target.port, target.host);
  await once(socket, 'connect');
  return socket;
}
