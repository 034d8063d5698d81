import { createServer } from 'node:net';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { Refusal } from '../../qemu/refusal.ts';

/** libvirt's range for displays that take any port. Source: remote_display_port_min and _max of its qemu.conf */
const FIRST_PORT = 5900;
const LAST_PORT = 6899;

/** Whether a port can be listened on: whoever listened just now says so. */
const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });

async function freePort(field: string, host: string, taken: ReadonlySet<number>): Promise<number> {
  for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) {
    if (!taken.has(port) && (await isFree(host, port))) return port;
  }
  throw new Refusal('NoDisplayPort', field, `every port from ${FIRST_PORT} to ${LAST_PORT} of ${host} is taken`);
}

/** A TCP port for each display that takes any, by name. @throws Refusal */
export async function displayPorts(machine: VirtualMachine): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  const taken = new Set<number>();
  for (const { name, vnc, spice } of completeSpec(machine.spec).graphics) {
    const said = vnc ?? spice;
    if (!said?.autoPort || said.port !== undefined || said.socket) continue;
    const port = await freePort(`spec.graphics[${name}]`, said.address ?? '127.0.0.1', taken);
    ports[name] = port;
    taken.add(port);
  }
  return ports;
}
