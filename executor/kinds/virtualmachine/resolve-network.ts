import type { Forward, VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';
import { bridgeOf, tapOf } from '../../network/names.ts';
import { ownNetwork } from '../../network/router/mode.ts';
import { filterOf } from '../../network/tap/filter.ts';
import { userBackend } from '../../network/user.ts';
import type { NetworkBackend, Shape, TapBackend } from '../../qemu/argv.ts';
import { type Interface, macOf } from '../../qemu/devices/interface.ts';
import type { Resolved } from './resources.ts';

type NetworkType = 'user' | 'nat' | 'routed' | 'isolated' | 'bridge' | 'ovs';
type Target = NonNullable<NonNullable<VirtualMachineNetwork['spec']['user']>['forwards']>[number];

interface Cable {
  readonly machine: VirtualMachine;
  readonly nic: Interface;
  readonly network: VirtualMachineNetwork;
  readonly nodeName: string;
}

const uidOf = ({ network }: Cable): string => network.metadata.uid ?? '';

/** What each type of network is for one interface. Pure. */
const BACKENDS = {
  user: ({ machine, nic, network }) => ({
    value: userBackend([...(nic.forwards ?? []), ...forwardsTo(machine, network)], network.spec.user?.backend),
  }),
  nat: (cable) => ownTap(cable),
  routed: (cable) => ownTap(cable),
  isolated: (cable) => ownTap(cable),
  bridge: (cable) => {
    const { name, vlan } = cable.network.spec.bridge ?? {};
    const bridge = name ?? bridgeOf(uidOf(cable));
    return tap(cable, { bridge, ...(vlan !== undefined && { vlan }), ...mtu(cable, undefined) });
  },
  ovs: (cable) => {
    const { bridge = '', vlan, trunks, datapath, qos, mtu: size } = cable.network.spec.ovs ?? {};
    const ovs = { bridge, ...(vlan !== undefined && { vlan }), ...(trunks && { trunks }) };
    const node = cable.network.status?.nodes?.find(({ name }) => name === cable.nodeName);
    const offload = (node?.datapath ?? datapath) !== 'netdev';
    return tap(cable, { ovs, offload, ...mtu(cable, size), ...limits(cable.nic.bandwidth ?? qos) });
  },
} satisfies Record<NetworkType, (cable: Cable) => Resolved<NetworkBackend>>;

/** On a bridge that the network made for itself. */
const ownTap = (cable: Cable): Resolved<NetworkBackend> =>
  tap(cable, { bridge: bridgeOf(uidOf(cable)), ...mtu(cable, ownNetwork(cable.network.spec)?.spec.mtu) });

const mtu = ({ nic }: Cable, ofNetwork: number | undefined): Pick<TapBackend, 'mtu'> => {
  const size = nic.mtu ?? ofNetwork;
  return size === undefined ? {} : { mtu: size };
};

const BYTES = 1000;

function packetFilter({ metadata }: VirtualMachine, nic: Interface): Pick<TapBackend, 'filter'> {
  const filter = nic.filter && filterOf(nic.filter, macOf(metadata.uid ?? '', nic), nic.addresses ?? []);
  return filter ? { filter } : {};
}

/** libvirt's bursts are in KiB. */
const BURST = 1024;

type Limits = Pick<TapBackend, 'inbound' | 'outbound' | 'inboundShape' | 'outboundShape'>;

function limits(bandwidth: Interface['bandwidth'] = {}): Limits {
  const { inboundKilobytesPerSecond: inbound, outboundKilobytesPerSecond: outbound } = bandwidth;
  const into = shape(bandwidth.inboundPeakKilobytesPerSecond, bandwidth.inboundBurstKilobytes);
  const out = shape(bandwidth.outboundPeakKilobytesPerSecond, bandwidth.outboundBurstKilobytes);
  return {
    ...(inbound !== undefined && { inbound: inbound * BYTES, ...(into && { inboundShape: into }) }),
    ...(outbound !== undefined && { outbound: outbound * BYTES, ...(out && { outboundShape: out }) }),
  };
}

const shape = (peak: number | undefined, burst: number | undefined): Shape | undefined =>
  peak === undefined && burst === undefined
    ? undefined
    : { ...(peak !== undefined && { peak: peak * BYTES }), ...(burst !== undefined && { burst: burst * BURST }) };

/** A tap on a network that is up on this node. */
function tap(cable: Cable, more: Partial<TapBackend>): Resolved<NetworkBackend> {
  const { machine, nic, network, nodeName } = cable;
  const node = network.status?.nodes?.find(({ name }) => name === nodeName);
  if (!node?.ready) {
    const why = node?.message ?? 'the node has not looked at it yet';
    const message = `the network ${network.metadata.name} is not ready on the node ${nodeName}: ${why}`;
    return { problem: { reason: 'NetworkNotReady', message } };
  }
  const backend: TapBackend = {
    device: tapOf(machine.metadata.uid ?? '', nic.name),
    network: uidOf(cable),
    queues: nic.model === 'virtio' ? (nic.queues ?? 1) : 1,
    offload: true,
    ...limits(nic.bandwidth),
    ...(nic.isolated && more.bridge !== undefined && { isolated: true }),
    ...(more.bridge !== undefined && packetFilter(machine, nic)),
    ...more,
  };
  return { value: { tap: backend } };
}

/** What is on no network needs nothing of the store. What libvirt would make on the node, a tap or a macvtap, is made. */
function resolveConnection(machine: VirtualMachine, nic: Interface): Resolved<NetworkBackend> {
  const { direct, tap: own } = nic.connection ?? {};
  const uid = machine.metadata.uid ?? '';
  const device = tapOf(uid, nic.name);
  const size = nic.mtu === undefined ? {} : { mtu: nic.mtu };
  if (direct) {
    const macAddress = macOf(uid, nic).toLowerCase();
    return { value: { macvtap: { device, over: direct.device, mode: direct.mode ?? 'vepa', macAddress, ...size } } };
  }
  if (!own || own.managed === false) return undefined;
  const queues = nic.model === 'virtio' ? (nic.queues ?? 1) : 1;
  const altName = own.device === undefined ? {} : { altName: own.device };
  const made = { device, network: NO_NETWORK, queues, offload: true };
  return { value: { tap: { ...made, ...altName, ...size, ...limits(nic.bandwidth) } } };
}

/** Of a tap that somebody else connects. */
const NO_NETWORK = '-';

/** The other end of an interface's cable. */
export function resolveNetwork(
  machine: VirtualMachine,
  nic: Interface,
  store: Store,
  nodeName: string,
): Resolved<NetworkBackend> {
  if (!nic.network) return resolveConnection(machine, nic);
  const { name } = nic.network;
  const network = store.get('VirtualMachineNetwork', { name });
  if (!network)
    return { problem: { reason: 'NetworkMissing', message: `the network ${name} is not there; create it` } };
  const type = (Object.keys(BACKENDS) as NetworkType[]).find((key) => network.spec[key] !== undefined);
  return type && BACKENDS[type]({ machine, nic, network, nodeName });
}

/** The network's own forwards that go to this machine. */
function forwardsTo(machine: VirtualMachine, network: VirtualMachineNetwork): Forward[] {
  const { namespace = 'default', name } = machine.metadata;
  const isOurs = ({ virtualMachine }: Target) =>
    virtualMachine.name === name && (virtualMachine.namespace ?? 'default') === namespace;
  return (network.spec.user?.forwards ?? []).filter(isOurs);
}
