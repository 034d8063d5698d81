import type { Socket as UdpSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { tunnel } from '../../../schemas/client/tunnel.ts';
import { badRequest, StatusError } from '../../apiserver/status-error.ts';
import type { SubresourceHandler } from '../../apiserver/subresources.ts';
import { type AccessHost, type HostOf, type RunningMachine, runningMachine } from '../host.ts';
import { acceptWebSocket } from '../upgrade.ts';
import { connectAddress, openDatagrams } from './address.ts';
import { datagramTunnel } from './datagrams.ts';
import { connectPasst, openPasstDatagrams } from './passt.ts';
import { type Route, routesOf } from './routes.ts';
import { connectSlirp, openSlirpDatagrams, type Slirp } from './slirp.ts';

interface PortTarget {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** `80`, `80/tcp`, `53/udp`. @throws StatusError 400 */
export function portTarget(rest: string): PortTarget {
  const [, digits = '', protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(rest) ?? [];
  const port = Number(digits);
  if (port >= 1 && port <= 65535) return { port, protocol: protocol as PortTarget['protocol'] };
  throw badRequest(`"${rest}" is no port of a guest; write it as PORT, PORT/tcp or PORT/udp`);
}

type Opener<T> = (host: AccessHost, running: RunningMachine, route: Route, port: number) => Promise<T>;

const OPEN = {
  tcp: (host, running, route, port) => {
    if ('slirp' in route) return connectSlirp(slirpOf(host, running), route.slirp, port);
    return 'passt' in route ? connectPasst(host, running, route.passt, port) : connectAddress(route.address, port);
  },
  udp: (host, running, route, port) => {
    if ('slirp' in route) return openSlirpDatagrams(slirpOf(host, running), route.slirp, port);
    return 'passt' in route ? openPasstDatagrams(host, running, route.passt, port) : openDatagrams(route.address, port);
  },
} satisfies { tcp: Opener<Socket>; udp: Opener<UdpSocket> };

const slirpOf = ({ machines }: AccessHost, { qmp, uid }: RunningMachine): Slirp => ({
  qmp,
  streams: machines.handle(uid).streams,
});

async function routes(host: AccessHost, { machine, uid }: RunningMachine): Promise<Route[]> {
  const { launched } = await host.machines.handle(uid).record(machine);
  return launched ? routesOf(machine, launched) : [];
}

/** The first way that leads to the port. @throws StatusError 409 without any, 503 when none of them answers */
async function reach<T>(host: AccessHost, running: RunningMachine, port: number, open: Opener<T>): Promise<T> {
  const { name } = running.machine.metadata;
  const ways = await routes(host, running);
  if (ways.length === 0) {
    const next = 'see its status.interfaces, or use: vmctl console';
    throw new StatusError(
      409,
      'Conflict',
      `no address of ${name} is known, and no network of qemu's own leads to it; ${next}`,
    );
  }
  const failures: string[] = [];
  for (const route of ways) {
    try {
      return await open(host, running, route, port);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new StatusError(503, 'ServiceUnavailable', `port ${port} of ${name} cannot be reached: ${failures.join('; ')}`);
}

/**
 * `…/virtualmachines/NAME/portforward/PORT[/tcp|udp]`, a WebSocket for each connection: binary messages are the stream's
 * bytes, or each one a datagram; see `schemas/client/tunnel.ts`.
 */
export const portForwardHandler = (host: HostOf): SubresourceHandler => ({
  async upgrade(request, stream, head, { namespace, name, rest }) {
    const { port, protocol } = portTarget(rest);
    const running = runningMachine(host(), namespace, name);
    if (protocol === 'tcp') {
      const guest = await reach(host(), running, port, OPEN.tcp);
      return tunnel(await acceptWebSocket(request, stream, head), guest, { halfOpen: true });
    }
    const guest = await reach(host(), running, port, OPEN.udp);
    await datagramTunnel(await acceptWebSocket(request, stream, head), guest);
  },
});
