import type { Board } from '../board.ts';
import { generatedMac, interfaceBackend, interfaceDevice } from '../identifiers.ts';
import type { NetworkBackend, PortForward, TapBackend } from '../input.ts';
import { device, json } from '../options.ts';
import { Refusal } from '../refusal.ts';
import type { Place } from '../slots.ts';
import { bootIndexes } from './boot.ts';

export type Interface = Board['spec']['interfaces'][number];

interface Card {
  readonly driver: string;
  /** Conventional PCI cards do not go into a PCIe port. */
  readonly place: Place;
}

const CARDS = {
  virtio: { driver: 'virtio-net-pci', place: 'port' },
  e1000e: { driver: 'e1000e', place: 'port' },
  e1000: { driver: 'e1000', place: 'board' },
  rtl8139: { driver: 'rtl8139', place: 'board' },
  vmxnet3: { driver: 'vmxnet3', place: 'port' },
} satisfies Record<Interface['model'], Card>;

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** A forward as slirp writes it: `tcp:127.0.0.1:2222-:22`. */
export const hostForward = ({ protocol, hostAddress, hostPort, port }: PortForward): string =>
  `${protocol.toLowerCase()}:${bracketed(hostAddress)}:${hostPort}-:${port}`;

type Backend = { readonly type: string; readonly id: string; readonly [property: string]: unknown };

/** The other end of the cable, for the command line and for `netdev_add`. */
export function backendProperties(name: string, { user, tap }: NetworkBackend, vhost = false): Backend {
  const id = interfaceBackend(name);
  if (tap) return tapProperties(id, tap, vhost);
  const hostfwd = (user?.forwards ?? []).map((forward) => ({ str: hostForward(forward) }));
  return { type: 'user', id, ...(hostfwd.length > 0 && { hostfwd }) };
}

/** The device is there, on its bridge, and qemu's user's: qemu runs no script of the host. */
const tapProperties = (id: string, { device: ifname, queues, offload }: TapBackend, vhost: boolean): Backend => ({
  ...{ type: 'tap', id, ifname, script: 'no', downscript: 'no' },
  ...(queues > 1 && { queues }),
  ...(vhost && offload && { vhost: true }),
});

export const macOf = (uuid: string, nic: Interface): string => nic.macAddress ?? generatedMac(uuid, nic.name);

/** Without a place in the boot order a card has no boot ROM: loading one costs each start time. */
function bootProperties(board: Board, nic: Interface): object {
  const bootindex = bootIndexes(board.spec).get(`interface/${nic.name}`);
  return bootindex ? { bootindex } : { romfile: '' };
}

/** What a virtio card leaves to the host: a switch in user space would pass on checksums that nobody has made. */
const NO_OFFLOAD = {
  ...{ csum: false, gso: false, host_tso4: false, host_tso6: false, host_ecn: false, host_ufo: false },
  ...{ guest_csum: false, guest_tso4: false, guest_tso6: false, guest_ecn: false, guest_ufo: false, mrg_rxbuf: true },
} as const;

function virtioProperties(nic: Interface, tap: TapBackend | undefined): object {
  const mtu = nic.mtu ?? tap?.mtu;
  // One interrupt a queue, each way, one for changes of the card and one for its control queue.
  const vectors = tap && tap.queues > 1 ? { mq: true, vectors: 2 * tap.queues + 2 } : {};
  return { ...(mtu !== undefined && { host_mtu: mtu }), ...vectors, ...(tap && !tap.offload && NO_OFFLOAD) };
}

export function interfaceProperties(board: Board, nic: Interface): { driver: string; [property: string]: unknown } {
  const card = CARDS[nic.model];
  const { tap } = board.input.networks[nic.name] ?? {};
  return {
    driver: card.driver,
    id: interfaceDevice(nic.name),
    netdev: interfaceBackend(nic.name),
    mac: macOf(board.input.uuid, nic),
    ...board.pci(interfaceDevice(nic.name), card.place),
    ...bootProperties(board, nic),
    ...(nic.model === 'virtio' && virtioProperties(nic, tap)),
  };
}

/** What an interface is plugged into. @throws Refusal where the network is not there */
export function interfaceNetdev({ input }: Board, nic: Interface): Backend {
  const backend = input.networks[nic.name];
  if (!backend) {
    throw new Refusal('NetworkMissing', `spec.interfaces[${nic.name}].network`, `${nic.network.name} is not there`);
  }
  return backendProperties(nic.name, backend, input.host.vhostNet);
}

const interfaceArgument = (board: Board, nic: Interface): string[] => [
  ...['-netdev', json(interfaceNetdev(board, nic))],
  ...device(interfaceProperties(board, nic)),
];

export const interfaceArguments = (board: Board): string[] =>
  board.spec.interfaces.flatMap((nic) => interfaceArgument(board, nic));
