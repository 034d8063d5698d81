import type { Board } from '../board.ts';

type Channel = Board['spec']['channels'][number];
type Console = Board['spec']['consoles'][number];

/** qemu keeps port 0 for a console. */
const FIRST_CHANNEL = 1;

interface Port {
  readonly controller: number;
  readonly port: number;
}

const isOnBus = (channel: Channel): boolean => channel.guestForward === undefined;

const chosen = ({ address }: Channel | Console): Port | undefined => {
  const at = address?.virtioSerial;
  return at?.port ? { controller: at.controller ?? 0, port: at.port } : undefined;
};

/**
 * Numbers of the ports, by device: those that the spec fixes, then for channels the next free ones, as libvirt gives them. A console
 * without one is left to qemu.
 */
export function serialPorts({ spec }: Board): ReadonlyMap<Channel | Console, Port> {
  const ports = new Map<Channel | Console, Port>();
  const taken = new Set<string>();
  const channels = spec.channels.filter(isOnBus);
  const take = (item: Channel | Console, place: Port): void => {
    ports.set(item, place);
    taken.add(`${place.controller}/${place.port}`);
  };
  for (const item of [...spec.consoles, ...channels]) {
    const place = chosen(item);
    if (place) take(item, place);
  }
  const next = (item: Channel): void => {
    if (ports.has(item)) return;
    const controller = item.address?.virtioSerial?.controller ?? 0;
    let port = FIRST_CHANNEL;
    while (taken.has(`${controller}/${port}`)) port += 1;
    take(item, { controller, port });
  };
  for (const item of channels) next(item);
  return ports;
}
