import type { Board } from '../board.ts';
import { generatedMac, interfaceBackend, interfaceDevice, passtLetters } from '../identifiers.ts';
import type { NetworkBackend, PortForward, QemuInput, TapBackend } from '../input.ts';
import { device, json } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { passtSocket } from '../sockets.ts';
import { bootIndexes } from './boot.ts';
import { connectionArguments } from './connection.ts';
import { cardOf, isVirtio, virtioCard } from './interface-card.ts';
import { romProperties } from './rom.ts';
import { usbPlace } from './usb.ts';

export type Interface = Board['spec']['interfaces'][number];

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** A forward as slirp writes it: `tcp:127.0.0.1:2222-:22`. */
export const hostForward = ({ protocol, hostAddress, hostPort, port }: PortForward): string =>
  `${protocol.toLowerCase()}:${bracketed(hostAddress)}:${hostPort}-:${port}`;

type Backend = { readonly type: string; readonly id: string; readonly [property: string]: unknown };

type Place = Pick<QemuInput, 'uuid' | 'runDir'>;

/** qemu waits, so that another passt can take the place of one that ended: as a client, qemu 7.2 connects only once. */
const passtProperties = (id: string, path: string): Backend => ({
  ...{ type: 'stream', id, server: true },
  addr: { type: 'unix', path },
});

/** The other end of the cable, for the command line and for `netdev_add`. */
export function backendProperties(
  { uuid, runDir }: Place,
  name: string,
  { user, tap, macvtap }: NetworkBackend,
  { vhost = false, fd = 0 }: { readonly vhost?: boolean | undefined; readonly fd?: number } = {},
): Backend {
  const id = interfaceBackend(name);
  if (macvtap) return { type: 'tap', id, fd: String(fd), ...(vhost && { vhost: true }) };
  if (tap) return tapProperties(id, tap, vhost);
  if (user?.program === 'Passt') return passtProperties(id, passtSocket(runDir, passtLetters(uuid, name)));
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
  const rom = nic.rom ? romProperties(nic.rom) : bootindex ? {} : { romfile: '' };
  return { ...(bootindex && { bootindex }), ...rom };
}

/** What a virtio card leaves to the host: a switch in user space would pass on checksums that nobody has made. */
const NO_OFFLOAD = {
  ...{ csum: false, gso: false, host_tso4: false, host_tso6: false, host_ecn: false, host_ufo: false },
  ...{ guest_csum: false, guest_tso4: false, guest_tso6: false, guest_ecn: false, guest_ufo: false, mrg_rxbuf: true },
} as const;

function virtioProperties(nic: Interface, tap: TapBackend | undefined): object {
  const mtu = nic.mtu ?? tap?.mtu;
  // One interrupt a queue, each way, one for changes of the card and one for its control queue.
  const queues = tap?.queues ?? (nic.connection ? (nic.queues ?? 1) : 1);
  const vectors = queues > 1 ? { mq: true, vectors: 2 * queues + 2 } : {};
  return {
    ...(mtu !== undefined && { host_mtu: mtu }),
    ...vectors,
    ...(tap && !tap.offload && NO_OFFLOAD),
    ...virtioCard(nic),
  };
}

export function interfaceProperties(board: Board, nic: Interface): { driver: string; [property: string]: unknown } {
  const { driver, place } = cardOf(nic.model);
  const id = interfaceDevice(nic.name);
  const { tap } = board.input.networks[nic.name] ?? {};
  return {
    driver,
    id,
    netdev: interfaceBackend(nic.name),
    mac: macOf(board.input.uuid, nic),
    ...(place === 'usb' ? usbPlace(board, id) : board.pci(id, place)),
    ...bootProperties(board, nic),
    ...(isVirtio(nic) && virtioProperties(nic, tap)),
    ...(nic.acpiIndex !== undefined && { 'acpi-index': nic.acpiIndex }),
  };
}

/** What an interface is plugged into. @throws Refusal where the network is not there */
export function interfaceNetdev({ input }: Board, nic: Interface): Backend {
  const backend = input.networks[nic.name];
  if (!backend) {
    throw new Refusal('NetworkMissing', `spec.interfaces[${nic.name}].network`, `${nic.network?.name} is not there`);
  }
  if (backend.user?.program === 'Passt' && !input.host.passt) {
    const message = `this node has no passt that works with its qemu (at least 7.2); install passt, or set spec.user.backend of ${nic.network?.name} to Slirp`;
    throw new Refusal('HelperMissing', `spec.interfaces[${nic.name}].network`, message);
  }
  const offloaded = isVirtio(nic) && nic.driver?.name !== 'qemu';
  const vhost = offloaded && input.host.vhostNet;
  return backendProperties(input, nic.name, backend, { vhost, fd: descriptorOf(input, nic) });
}

/** Standard input, output and errors come before what qemu is handed. */
const FIRST_DESCRIPTOR = 3;

/** Interfaces that qemu gets as descriptors, in their order. */
export const handedInterfaces = ({ spec, networks }: Pick<QemuInput, 'spec' | 'networks'>): string[] =>
  (spec.interfaces ?? []).map(({ name }) => name).filter((name) => networks[name]?.macvtap);

const descriptorOf = (input: QemuInput, { name }: Interface): number =>
  FIRST_DESCRIPTOR + handedInterfaces(input).indexOf(name);

/** A card of the node takes the place of an emulated one. */
function hostCard(board: Board, nic: Interface, { address }: { readonly address: string }): string[] {
  if (!board.input.host.vfio) {
    const field = `spec.interfaces[${nic.name}].connection.hostDevice`;
    throw new Refusal('HostDeviceUnavailable', field, 'this node has no VFIO (/dev/vfio); turn its IOMMU on');
  }
  const id = interfaceDevice(nic.name);
  const bootindex = bootIndexes(board.spec).get(`interface/${nic.name}`);
  const pair = nic.team?.persistent === undefined ? {} : { failover_pair_id: interfaceDevice(nic.team.persistent) };
  const boot = { ...(bootindex && { bootindex }), ...romProperties(nic.rom), ...pair };
  return device({ driver: 'vfio-pci', host: address, id, ...boot, ...board.pci(id, 'port') });
}

function interfaceArgument(board: Board, nic: Interface): string[] {
  const { connection } = nic;
  if (connection?.hostDevice) return hostCard(board, nic, connection.hostDevice);
  // What the node makes for it, it gets as on a network.
  const netdev =
    connection && !board.input.networks[nic.name]
      ? connectionArguments(board, nic, connection)
      : ['-netdev', json(interfaceNetdev(board, nic))];
  return [...netdev, ...device(interfaceProperties(board, nic))];
}

export const interfaceArguments = (board: Board): string[] =>
  board.spec.interfaces.flatMap((nic) => interfaceArgument(board, nic));
