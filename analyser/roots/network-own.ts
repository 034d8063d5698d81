import { kinds } from '../../schemas/kinds/index.ts';
import type { SpecOf } from '../objects/manifest.ts';
import type { External } from './network-spec.ts';

type Spec = SpecOf<'VirtualMachineNetwork'>;

const only = (value: object, ...members: readonly string[]): boolean =>
  Object.keys(value).every((key) => members.includes(key));

const octets = (address: string): number[] => address.split('.').map(Number);

/** Length of the prefix that an IPv4 netmask stands for; undefined for a mask with holes. */
function prefixOf(netmask: string): number | undefined {
  const bits = octets(netmask)
    .map((octet) => octet.toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) && bits.length === 32 ? bits.lastIndexOf('1') + 1 : undefined;
}

const maskOf = (prefix: number): string =>
  [0, 1, 2, 3].map((index) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - index * 8)))).join('.');

/** The address of the host in a subnet of ours is its first. */
const firstOf = (network: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = octets(network);
  return [a, b, c, d + 1].join('.');
};

function networkOf(address: string, prefix: number): string {
  const mask = octets(maskOf(prefix));
  return octets(address)
    .map((octet, index) => octet & (mask[index] ?? 0))
    .join('.');
}

/** Ports behind which libvirt puts guests where it is told nothing, and so does the kernel. */
const USUAL = { startPort: 1024, endPort: 65535 };

const isUsual = (masquerade: External['masquerade'] = USUAL): boolean =>
  only(masquerade, 'startPort', 'endPort') &&
  masquerade.startPort === USUAL.startPort &&
  masquerade.endPort === USUAL.endPort;

/** What of a NAT network is libvirt's alone: the executor names its bridges itself. */
export const besides = ({ bridge, masquerade }: External): Pick<External, 'bridge' | 'masquerade'> => ({
  ...(bridge !== undefined && { bridge }),
  ...(masquerade && { masquerade }),
});

/** A subnet with one range, where the host has the first address, is a NAT network of ours. */
function natOf(value: External): Spec['nat'] | undefined {
  const { mode, subnets = [], mtu, masquerade } = value;
  const [subnet, ...others] = subnets;
  if (mode !== 'NAT' || !only(value, 'mode', 'mtu', 'subnets', 'bridge', 'masquerade')) return undefined;
  if (!subnet || others.length > 0 || !isUsual(masquerade)) return undefined;
  if (
    !only(subnet, 'address', 'netmask', 'ranges', 'hosts') ||
    subnet.address === undefined ||
    subnet.netmask === undefined
  )
    return undefined;
  const prefix = prefixOf(subnet.netmask);
  const network = prefix === undefined ? undefined : networkOf(subnet.address, prefix);
  if (prefix === undefined || network === undefined || firstOf(network) !== subnet.address) return undefined;
  const dhcp = dhcpOf(subnet);
  return dhcp && { cidr: `${network}/${prefix}`, dhcp, ...(mtu !== undefined && { mtu }) };
}

type Subnet = NonNullable<External['subnets']>[number];
type Dhcp = NonNullable<NonNullable<Spec['nat']>['dhcp']>;

function dhcpOf({ ranges = [], hosts = [] }: Subnet): Dhcp | undefined {
  const [range, ...others] = ranges;
  if (
    others.length > 0 ||
    range?.lease ||
    hosts.some(({ macAddress, address, id, lease }) => !macAddress || !address || id || lease)
  )
    return undefined;
  if (!range) return hosts.length > 0 ? undefined : { enabled: false };
  const fixed = hosts.map(({ macAddress = '', address = '', name }) => ({
    macAddress,
    address,
    ...(name !== undefined && { hostName: name }),
  }));
  return { start: range.start, end: range.end, ...(fixed.length > 0 && { hosts: fixed }) };
}

/** One of our own kinds of network where it says everything that libvirt's does. */
export function lowered(value: External): Spec {
  const nat = natOf(value);
  const bridge =
    value.mode === 'Bridge' && value.bridge !== undefined && only(value, 'mode', 'bridge')
      ? { name: value.bridge }
      : undefined;
  const own: Spec | undefined = nat ? { nat } : bridge && { bridge };
  return own && kinds.VirtualMachineNetwork.spec.safeParse(own).success ? own : { external: value };
}

/** What any network of ours is in libvirt's terms, as near as it can be said. */
export function raised({ nat, bridge, ovs, external }: Spec): External {
  if (external) return external;
  if (bridge) return { mode: 'Bridge', ...(bridge.name !== undefined && { bridge: bridge.name }) };
  if (ovs) return { mode: 'Bridge', bridge: ovs.bridge, virtualPort: { type: 'openvswitch' } };
  return nat ? ofNat(nat) : { mode: 'NAT' };
}

function ofNat({ cidr = '', dhcp, mtu }: NonNullable<Spec['nat']>): External {
  const [network = '', length = ''] = cidr.split('/');
  const isPlain = /^[0-9.]+$/.test(network);
  const address = isPlain ? { address: firstOf(network), netmask: maskOf(Number(length)) } : {};
  const given = dhcp?.enabled !== false && dhcp?.start !== undefined && dhcp.end !== undefined;
  const hosts = dhcp?.hosts?.map(({ hostName, ...rest }) => ({
    ...rest,
    ...(hostName !== undefined && { name: hostName }),
  }));
  const subnet = {
    ...address,
    ...(given && { ranges: [{ start: dhcp.start ?? '', end: dhcp.end ?? '' }] }),
    ...(hosts && { hosts }),
  };
  return { mode: 'NAT', ...(mtu !== undefined && { mtu }), ...(isPlain && { subnets: [subnet] }) };
}
