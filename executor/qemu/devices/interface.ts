import type { Board } from '../board.ts';
import { generatedMac, interfaceBackend, interfaceDevice } from '../identifiers.ts';
import type { NetworkBackend, PortForward } from '../input.ts';
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

/** The other end of the cable, for the command line and for `netdev_add`. */
export function backendProperties(
  name: string,
  backend: NetworkBackend,
): { type: string; id: string; [p: string]: unknown } {
  const hostfwd = backend.user.forwards.map((forward) => ({ str: hostForward(forward) }));
  return { type: 'user', id: interfaceBackend(name), ...(hostfwd.length > 0 && { hostfwd }) };
}

export const macOf = (uuid: string, nic: Interface): string => nic.macAddress ?? generatedMac(uuid, nic.name);

/** Without a place in the boot order a card has no boot ROM: loading one costs each start time. */
function bootProperties(board: Board, nic: Interface): object {
  const bootindex = bootIndexes(board.spec).get(`interface/${nic.name}`);
  return bootindex ? { bootindex } : { romfile: '' };
}

export function interfaceProperties(board: Board, nic: Interface): { driver: string; [property: string]: unknown } {
  const card = CARDS[nic.model];
  return {
    driver: card.driver,
    id: interfaceDevice(nic.name),
    netdev: interfaceBackend(nic.name),
    mac: macOf(board.input.uuid, nic),
    ...board.pci(interfaceDevice(nic.name), card.place),
    ...bootProperties(board, nic),
    ...(nic.model === 'virtio' && nic.mtu && { host_mtu: nic.mtu }),
  };
}

function interfaceArgument(board: Board, nic: Interface): string[] {
  const backend = board.input.networks[nic.name];
  if (!backend) {
    throw new Refusal('NetworkMissing', `spec.interfaces[${nic.name}].network`, `${nic.network.name} is not there`);
  }
  return ['-netdev', json(backendProperties(nic.name, backend)), ...device(interfaceProperties(board, nic))];
}

export const interfaceArguments = (board: Board): string[] =>
  board.spec.interfaces.flatMap((nic) => interfaceArgument(board, nic));
