import { isIP } from 'node:net';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { PortForward } from '../../qemu/argv.ts';
import { completeForward } from '../../qemu/defaults.ts';
import { macOf } from '../../qemu/devices/interface.ts';
import { tapOf } from '../names.ts';
import { canonicalAddress } from '../subnet.ts';

/** One interface of a machine on a network. */
export interface Member {
  readonly uid: string;
  readonly namespace: string;
  readonly machine: string;
  readonly tap: string;
  /** Lower case, as the kernel and dnsmasq write it. */
  readonly macAddress: string;
  /** Fixed ones, as the spec wants them. */
  readonly addresses: readonly string[];
  readonly forwards: readonly PortForward[];
  /** Bytes per second that it may send, where it says so itself. */
  readonly outbound?: number;
  /** When its qemu was last started, RFC 3339; nothing where it is off. */
  readonly startedAt?: string;
}

/** The interfaces of these machines on a network, in an order that stays. */
export function membersOf(machines: readonly VirtualMachine[], network: string): Member[] {
  return machines
    .filter(({ metadata }) => metadata.uid !== undefined)
    .flatMap((machine) => (machine.spec.interfaces ?? []).map((nic) => ({ machine, nic })))
    .filter(({ nic }) => nic.network?.name === network)
    .map(({ machine: { metadata, status }, nic }) => ({
      uid: metadata.uid ?? '',
      namespace: metadata.namespace ?? 'default',
      machine: metadata.name,
      tap: tapOf(metadata.uid ?? '', nic.name),
      macAddress: macOf(metadata.uid ?? '', nic).toLowerCase(),
      addresses: (nic.addresses ?? [])
        .map(bare)
        .filter((address) => isIP(address) !== 0)
        .map(canonicalAddress),
      forwards: (nic.forwards ?? []).map(completeForward),
      ...(nic.bandwidth?.outboundKilobytesPerSecond !== undefined && {
        outbound: nic.bandwidth.outboundKilobytesPerSecond * BYTES,
      }),
      ...(status?.startedAt !== undefined && { startedAt: status.startedAt }),
    }))
    .sort((a, b) => (`${a.namespace}/${a.machine}/${a.tap}` < `${b.namespace}/${b.machine}/${b.tap}` ? -1 : 1));
}

const BYTES = 1000;

/** People write an address with the length of its prefix as well. */
const bare = (address: string): string => address.replace(/\/[0-9]+$/, '');

/** An address that is known to be a guest's, by lease or by sight. */
export interface KnownAddress {
  readonly macAddress: string;
  readonly address: string;
}

/** The address at which the host reaches a guest: the fixed one, else the one that it was given, else one seen. */
export function addressOf(member: Member, known: readonly KnownAddress[], family: 4 | 6): string | undefined {
  const fixed = member.addresses.find((address) => isIP(address) === family);
  const learnt = known.filter(
    ({ macAddress, address }) => macAddress === member.macAddress && isIP(address) === family,
  );
  const usable = learnt.find(({ address }) => !address.startsWith('fe80:'));
  return fixed ?? usable?.address;
}
