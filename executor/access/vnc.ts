import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { tunnel } from '../../schemas/client/tunnel.ts';
import { StatusError } from '../apiserver/status-error.ts';
import type { SubresourceHandler } from '../apiserver/subresources.ts';
import { completeSpec } from '../qemu/defaults.ts';
import { displaySocket } from '../qemu/sockets.ts';
import { type HostOf, type RunningMachine, runningMachine } from './host.ts';
import { acceptWebSocket } from './upgrade.ts';

/** The socket of the machine's first VNC display. @throws StatusError 409 when it has none */
function vncSocket({ machine, runDir }: RunningMachine): string {
  const index = completeSpec(machine.spec).graphics.findIndex(({ vnc }) => vnc !== undefined);
  if (index !== -1) return displaySocket(runDir, index);
  const { name } = machine.metadata;
  throw new StatusError(
    409,
    'Conflict',
    `the machine ${name} has no VNC display; add one to spec.graphics and restart it`,
  );
}

async function open(path: string): Promise<Socket> {
  const socket = connect(path);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** `…/virtualmachines/NAME/vnc`, a WebSocket: binary messages are the RFB protocol (RFC 6143), from and to qemu. */
export const vncHandler = (host: HostOf): SubresourceHandler => ({
  async upgrade(request, stream, head, { namespace, name }) {
    const display = await open(vncSocket(runningMachine(host(), namespace, name)));
    const socket = await acceptWebSocket(request, stream, head);
    await tunnel(socket, display);
  },
});
