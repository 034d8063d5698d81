import type { VirtualMachineSpec } from '../../../schemas/kinds/virtual-machine.ts';
import { routerSpec } from '../../network/router/mode.ts';
import { filterOf, isWhole } from '../../network/tap/filter.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import type { Interface } from '../../qemu/devices/interface.ts';
import type { Resources } from './resources.ts';

type Network = Resources['networkView'][string]['spec'];

interface Check {
  readonly field: string;
  readonly used: (nic: Interface) => boolean;
  /** The networks on which it has its effect. */
  readonly works: (network: Network, nic: Interface) => boolean;
}

const hasTap = ({ user }: Network): boolean => user === undefined;
/** The host is the router there: it gives addresses out and forwards ports. */
const isRouted = (network: Network): boolean => routerSpec(network) !== undefined;
const givesOut = (network: Network): boolean => isRouted(network) || network.isolated?.cidr !== undefined;

/** A rate and what may pass above it. Meters of a switch in user space have one rate, and what is sent has no floor. */
const SHAPES = ['inbound', 'outbound'].flatMap((way) => {
  const rate = `${way}KilobytesPerSecond` as 'inboundKilobytesPerSecond';
  const [peak, burst] = [`${way}PeakKilobytesPerSecond`, `${way}BurstKilobytes`];
  return [peak, burst].map((field) => ({ rate, field: field as 'inboundBurstKilobytes' }));
});
const isInKernel = ({ ovs }: Network): boolean => ovs?.datapath !== 'netdev';

/** Fields of an interface that only some networks can carry out. They are never dropped in silence. */
const CHECKS: readonly Check[] = [
  { field: 'bandwidth', used: ({ bandwidth }) => bandwidth !== undefined, works: hasTap },
  ...SHAPES.map(({ rate, field }) => ({
    field: `bandwidth.${field}`,
    used: ({ bandwidth }: Interface) => bandwidth?.[field] !== undefined,
    works: (network: Network, { bandwidth }: Interface) =>
      hasTap(network) && isInKernel(network) && bandwidth?.[rate] !== undefined,
  })),
  {
    field: 'bandwidth.inboundFloorKilobytesPerSecond',
    used: ({ bandwidth }) => bandwidth?.inboundFloorKilobytesPerSecond !== undefined,
    works: () => false,
  },
  {
    field: 'filter',
    used: ({ filter }) => filter !== undefined,
    works: (network, { filter, addresses = [] }) =>
      hasTap(network) &&
      network.ovs === undefined &&
      filter !== undefined &&
      isWhole(filter, filterOf(filter, '', addresses)),
  },
  {
    field: 'isolated',
    used: ({ isolated }) => isolated === true,
    works: (network) => hasTap(network) && network.ovs === undefined,
  },
  {
    field: 'queues',
    used: ({ queues = 1 }) => queues > 1,
    works: (network, { model }) => hasTap(network) && model === 'virtio',
  },
  { field: 'addresses', used: ({ addresses = [] }) => addresses.length > 0, works: givesOut },
  {
    field: 'forwards',
    used: ({ forwards = [] }) => forwards.length > 0,
    works: (network) => network.user !== undefined || isRouted(network),
  },
  { field: 'mtu', used: ({ mtu }) => mtu !== undefined, works: (_network, { model }) => model === 'virtio' },
];

/** Fields of interfaces that have no effect on the networks that they are on, as `spec.interfaces[eth0].queues`. */
export function unsupportedInterfaceFields(spec: VirtualMachineSpec, view: Resources['networkView']): string[] {
  return completeSpec(spec).interfaces.flatMap((nic) => {
    const network = view[nic.name]?.spec;
    if (!network) return [];
    return CHECKS.filter(({ used, works }) => used(nic) && !works(network, nic)).map(
      ({ field }) => `spec.interfaces[${nic.name}].${field}`,
    );
  });
}
