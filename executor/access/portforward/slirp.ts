import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../network/free-port.ts';
import { hostForward } from '../../qemu/devices/interface.ts';
import { interfaceBackend } from '../../qemu/identifiers.ts';
import type { PortForward } from '../../qemu/input.ts';
import type { Qmp } from '../../qmp/index.ts';

const LOOPBACK = '127.0.0.1';
/** Somebody else may take a port between our finding it free and qemu's listening on it. */
const ATTEMPTS = 5;
/** qemu answers its monitor and accepts connections in one loop: what a few answers do not show was accepted and has ended. */
const ACCEPT_ATTEMPTS = 10;
const ACCEPT_PAUSE_MS = 5;

/** A port of the host's loopback that reaches a port of a guest behind qemu's own network, until it is closed. */
export interface OpenForward {
  readonly hostPort: number;
  /** Stops listening. A TCP connection that was accepted goes on. */
  close(): Promise<void>;
}

/** A qemu, and the ports that are being opened in it: those are not taken for what a killed executor has left. */
export interface Slirp {
  readonly qmp: Qmp;
  readonly streams: Set<number>;
}

const monitor = (qmp: Qmp, line: string): Promise<string> =>
  qmp.execute('human-monitor-command', { 'command-line': line });

/** qemu's network takes new forwards while it runs, by the human monitor only: `hostfwd_add`. @throws what qemu says */
export async function openForward(
  { qmp, streams }: Slirp,
  interfaceName: string,
  protocol: PortForward['protocol'],
  port: number,
): Promise<OpenForward> {
  const netdev = interfaceBackend(interfaceName);
  let said = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const hostPort = await freePort();
    streams.add(hostPort);
    const forward = hostForward({ hostAddress: LOOPBACK, hostPort, port, protocol });
    said = (await monitor(qmp, `hostfwd_add ${netdev} ${forward}`)).trim();
    const remove = `hostfwd_remove ${netdev} ${forward.split('-:')[0]}`;
    const close = () => monitor(qmp, remove).finally(() => streams.delete(hostPort));
    if (said === '') return { hostPort, close: () => close().then(() => {}) };
    streams.delete(hostPort);
  }
  throw new Error(said);
}

/** Whether `info usernet` shows a connection that came in on a forwarded port. */
export const isAccepted = (usernet: string, hostPort: number): boolean =>
  new RegExp(`^\\s*TCP\\[(?!HOST_FORWARD|TIME_WAIT)\\w+\\]\\s+\\d+\\s+\\S+\\s+${hostPort}\\s`, 'm').test(usernet);

/**
 * Connects to a port of a guest behind qemu's own network: through a forward that is there only until qemu has accepted
 * this one connection, so that nothing stays open for others.
 */
export async function connectSlirp(slirp: Slirp, interfaceName: string, port: number): Promise<Socket> {
  const forward = await openForward(slirp, interfaceName, 'TCP', port);
  try {
    const socket = connect({ host: LOOPBACK, port: forward.hostPort, noDelay: true, allowHalfOpen: true });
    // A guest that refuses may do so before anybody else listens.
    socket.on('error', () => {});
    await once(socket, 'connect');
    await accepted(slirp.qmp, socket, forward.hostPort);
    return socket;
  } finally {
    await forward.close();
  }
}

/** Removing the forward earlier would reset what still waits to be accepted. */
async function accepted(qmp: Qmp, socket: Socket, hostPort: number): Promise<void> {
  for (let attempt = 0; attempt < ACCEPT_ATTEMPTS && !socket.destroyed; attempt += 1) {
    if (isAccepted(await monitor(qmp, 'info usernet'), hostPort)) return;
    await sleep(ACCEPT_PAUSE_MS);
  }
}

/** A socket whose peer is a UDP port of the guest; the forward behind it goes when the socket is closed. */
export async function openSlirpDatagrams(slirp: Slirp, interfaceName: string, port: number): Promise<UdpSocket> {
  const forward = await openForward(slirp, interfaceName, 'UDP', port);
  const socket = createSocket('udp4');
  socket.once('close', () => void forward.close().catch(() => {}));
  socket.connect(forward.hostPort, LOOPBACK);
  await once(socket, 'connect');
  return socket;
}
