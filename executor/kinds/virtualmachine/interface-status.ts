import type { VirtualMachine, VirtualMachineStatus } from '../../../schemas/kinds/virtual-machine.ts';
import { routerSpec } from '../../network/router/mode.ts';
import { describeForward, GUEST_ADDRESS } from '../../network/user.ts';
import type { NetworkBackend } from '../../qemu/argv.ts';
import { completeForward } from '../../qemu/defaults.ts';
import { type Interface, macOf } from '../../qemu/devices/interface.ts';
import type { Observed } from './observed.ts';
import type { NetworkView } from './resources.ts';

type Interfaces = NonNullable<VirtualMachineStatus['interfaces']>;

const MOST_ADDRESSES = 32;
const MOST_FORWARDS = 64;

/** What networks know of cards, as a text that differs when that does. */
export function seenOf(view: NetworkView, macAddresses: readonly string[]): string {
  const ours = new Set(macAddresses);
  const known = Object.values(view).flatMap(({ status }) => [...(status?.leases ?? []), ...(status?.neighbors ?? [])]);
  const isOf = ({ macAddress }: { readonly macAddress: string }) => ours.has(macAddress.toLowerCase());
  return [...new Set(known.filter(isOf).map(({ macAddress, address }) => `${macAddress} ${address}`))]
    .sort()
    .join('\n');
}

/** First what routers reach, then what only neighbours do. */
const byReach = (a: string, b: string): number => Number(a.startsWith('fe80:')) - Number(b.startsWith('fe80:'));

/**
 * The addresses of an interface on a tap: what the guest's agent says, which is told first and knows best; what its network
 * gave it; what was seen on the wire.
 */
function tapAddresses(macAddress: string, view: NetworkView[string] | undefined, { guest }: Observed): string[] {
  const mac = macAddress.toLowerCase();
  const isOf = (item: { readonly macAddress?: string | undefined }) => item.macAddress?.toLowerCase() === mac;
  const told = guest?.facts?.interfaces?.filter(isOf).flatMap(({ addresses = [] }) => addresses) ?? [];
  const leased = view?.status?.leases?.filter(isOf).map(({ address }) => address) ?? [];
  const seen = view?.status?.neighbors?.filter(isOf).map(({ address }) => address) ?? [];
  // What was seen before the present lease may be what the guest had before it.
  const fresh = leased.length > 0 ? seen.filter((address) => address.includes(':')) : seen;
  const all = told.length > 0 ? told.map((address) => address.replace(/\/[0-9]+$/, '')) : [...leased, ...fresh];
  return [...new Set(all)].sort(byReach).slice(0, MOST_ADDRESSES);
}

function forwardsOf(machine: VirtualMachine, nic: Interface, backend: NetworkBackend | undefined, view: NetworkView) {
  if (backend?.user) return backend.user.forwards;
  const network = view[nic.name]?.spec;
  const router = network && routerSpec(network);
  const { namespace = 'default', name } = machine.metadata;
  const ofNetwork = (router?.forwards ?? []).filter(
    ({ virtualMachine: it }) => it.name === name && (it.namespace ?? 'default') === namespace,
  );
  const ofMachine = router ? (nic.forwards ?? []) : [];
  return [...ofNetwork, ...ofMachine].map(completeForward);
}

/** The interfaces that the running machine has. Pure. */
export function observedInterfaces(machine: VirtualMachine, seen: Observed): Interfaces {
  const { launched } = seen.record;
  if (seen.process.state === 'gone' || !launched) return [];
  const view = seen.resources.networkView;
  return (launched.spec.interfaces ?? []).map((nic) => {
    const backend = launched.networks[nic.name];
    const made = backend?.tap ?? backend?.macvtap;
    const macAddress = macOf(machine.metadata.uid ?? '', nic);
    const forwards = forwardsOf(machine, nic, backend, view);
    return {
      name: nic.name,
      macAddress,
      addresses: backend?.user ? [GUEST_ADDRESS] : tapAddresses(macAddress, view[nic.name], seen),
      ...(made && { device: made.device }),
      ...(backend?.user && { backend: backend.user.program ?? 'Slirp' }),
      ...(forwards.length > 0 && { forwards: forwards.slice(0, MOST_FORWARDS).map(describeForward) }),
    };
  });
}

const MOST_OF_MACHINE = 64;

/** First what reaches the guest from outside: its own address means nothing beyond its qemu. */
export function addressesOf(interfaces: Interfaces, { record }: Observed): string[] {
  const forwards = Object.values(record.launched?.networks ?? {}).flatMap(({ user }) => user?.forwards ?? []);
  const listeners = forwards.map(({ hostAddress, hostPort }) =>
    hostAddress.includes(':') ? `[${hostAddress}]:${hostPort}` : `${hostAddress}:${hostPort}`,
  );
  const all = [...listeners, ...interfaces.flatMap(({ addresses = [] }) => addresses)];
  return [...new Set(all)].slice(0, MOST_OF_MACHINE);
}
