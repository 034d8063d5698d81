import type { Connection } from '../../../schemas/kinds/machine/interface/connection.ts';
import type { Board } from '../board.ts';
import { interfaceBackend } from '../identifiers.ts';
import { json, option } from '../options.ts';
import { Refusal } from '../refusal.ts';
import type { Interface } from './interface.ts';

type Netdev = { readonly type: string; readonly id: string; readonly [property: string]: unknown };
type Member = Exclude<keyof Connection, 'hostDevice'>;

interface Built {
  /** What comes before, such as a character device. */
  readonly before: readonly string[];
  readonly netdev: Omit<Netdev, 'id'>;
}

const alone = (netdev: Omit<Netdev, 'id'>): Built => ({ before: [], netdev });

interface Place {
  readonly board: Board;
  readonly nic: Interface;
  readonly id: string;
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

const endpoint = ({ address = '', port }: { address?: string | undefined; port: number }): string =>
  `${bracketed(address)}:${port}`;

/** The kernel moves the packets of a virtio card where it may, unless qemu is asked to. */
const vhost = ({ board, nic }: Place): object =>
  nic.model.startsWith('virtio') && nic.driver?.name !== 'qemu' && board.input.host.vhostNet ? { vhost: true } : {};

const queues = ({ nic }: Place): object => (nic.queues !== undefined && nic.queues > 1 ? { queues: nic.queues } : {});

const tap = (place: Place, device: string | undefined): Built =>
  alone({
    type: 'tap',
    ifname: device ?? `tap-${place.nic.name}`.slice(0, LINK_BYTES),
    script: 'no',
    downscript: 'no',
    ...queues(place),
    ...(place.nic.sendBufferBytes !== undefined && { sndbuf: place.nic.sendBufferBytes }),
    ...vhost(place),
  });

/** IFNAMSIZ, without the end of the text. */
const LINK_BYTES = 15;

/** qemu's end of each connection that is no network. Source: qemuBuildHostNetProps of libvirt */
const CONNECTIONS: { readonly [M in Member]: (said: NonNullable<Connection[M]>, place: Place) => Built } = {
  direct: (_, place) => tap(place, undefined),
  tap: ({ device }, place) => tap(place, device),
  vhostUser: ({ path, mode, reconnectSeconds }, place) => {
    const chardev = `${place.id}-char`;
    const options = mode === 'server' ? { server: true } : { reconnect: reconnectSeconds || undefined };
    return {
      before: ['-chardev', option('socket', { id: chardev, path, ...options })],
      netdev: { type: 'vhost-user', chardev, ...queues(place) },
    };
  },
  vdpa: ({ path }, place) => alone({ type: 'vhost-vdpa', vhostdev: path, ...queues(place) }),
  multicast: (said) => alone({ type: 'socket', mcast: endpoint(said) }),
  server: (said) => alone({ type: 'socket', listen: endpoint(said) }),
  client: (said) => alone({ type: 'socket', connect: endpoint(said) }),
  udp: (said) =>
    alone({
      type: 'socket',
      udp: endpoint(said),
      localaddr: endpoint({ address: said.localAddress, port: said.localPort }),
    }),
};

/** What an interface is plugged into that is on no network. @throws Refusal where nothing is said */
export function connectionArguments(board: Board, nic: Interface, connection: Connection): string[] {
  const members = Object.keys(CONNECTIONS) as Member[];
  const member = members.find((one) => connection[one] !== undefined);
  if (member === undefined) {
    throw new Refusal('ConnectionMissing', `spec.interfaces[${nic.name}].connection`, 'say what it is connected to');
  }
  const build = CONNECTIONS[member] as (said: unknown, place: Place) => Built;
  const id = interfaceBackend(nic.name);
  const { before, netdev } = build(connection[member], { board, nic, id });
  return [...before, '-netdev', json({ ...netdev, id })];
}
