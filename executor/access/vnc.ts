import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { tunnel } from '../../schemas/client/tunnel.ts';
import { StatusError } from '../apiserver/status-error.ts';
import type { SubresourceHandler } from '../apiserver/subresources.ts';
import { completeSpec } from '../qemu/defaults.ts';
import { listensOpenly } from '../qemu/devices/graphics.ts';
import { displaySocket } from '../qemu/sockets.ts';
import { type HostOf, type RunningMachine, runningMachine } from './host.ts';
import { acceptWebSocket } from './upgrade.ts';

/** A display that listens for everybody can be reached on the node itself. */
const onNode = (host = ''): string => (['0.0.0.0', ''].includes(host) ? '127.0.0.1' : host === '::' ? '::1' : host);

/** Where the machine's first VNC display is. @throws StatusError 409 when it has none */
async function vncPlace({ machine, runDir, qmp }: RunningMachine): Promise<NetConnectOpts> {
  const { graphics } = completeSpec(machine.spec);
  const index = graphics.findIndex(({ vnc }) => vnc !== undefined);
  const said = graphics[index]?.vnc;
  if (said && !listensOpenly(said)) return { path: displaySocket(runDir, index) };
  if (said?.socket?.path !== undefined) return { path: said.socket.path };
  if (said) {
    const { host, service } = await qmp.execute('query-vnc');
    return { host: onNode(host), port: Number(service) };
  }
  const { name } = machine.metadata;
  throw new StatusError(
    409,
    'Conflict',
    `the machine ${name} has no VNC display; add one to spec.graphics and restart it`,
  );
}

async function open(place: NetConnectOpts): Promise<Socket> {
  const socket = connect(place);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** `…/virtualmachines/NAME/vnc`, a WebSocket: binary messages are the RFB protocol (RFC 6143), from and to qemu. */
export const vncHandler = (host: HostOf): SubresourceHandler => ({
  async upgrade(request, stream, head, { namespace, name }) {
    const display = await open(await vncPlace(runningMachine(host(), namespace, name)));
    const socket = await acceptWebSocket(request, stream, head);
    await tunnel(socket, display);
  },
});
