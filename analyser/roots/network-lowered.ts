import { kinds } from '../../schemas/kinds/index.ts';
import type { SpecOf } from '../objects/manifest.ts';
import { firstOf, networkOf, prefixOf } from './network-addresses.ts';
import type { External } from './network-spec.ts';

type Spec = SpecOf<'VirtualMachineNetwork'>;

const only = (value: object, ...members: readonly string[]): boolean =>
  Object.keys(value).every((key) => members.includes(key));

/** Ports behind which libvirt puts guests where it is told nothing, and so does the kernel. */
const USUAL = { startPort: 1024, endPort: 65535 };

const isUsual = (masquerade: External['masquerade'] = USUAL): boolean =>
  only(masquerade, 'startPort', 'endPort') &&
  masquerade.startPort === USUAL.startPort &&
  masquerade.endPort === USUAL.endPort;

type Subnet = NonNullable<External['subnets']>[number];
type Addressing = NonNullable<Spec['isolated']>;

const MEMBERS = ['mode', 'mtu', 'subnets', 'bridge', 'masquerade', 'domain', 'dns', 'device', 'devices'] as const;

/** What a network of ours says of addresses; undefined where libvirt's says more. */
function addressingOf(value: External): Addressing | undefined {
  const { subnets = [], mtu, masquerade, domain, dns } = value;
  if (!only(value, ...MEMBERS) || !isUsual(masquerade)) return undefined;
  const [v4 = [], v6 = []] = [subnets.filter(isV4), subnets.filter((one) => !isV4(one))];
  const [first, ...others] = v4;
  const [second, ...more] = v6;
  if (others.length > 0 || more.length > 0 || (second && !first)) return undefined;
  const own = first ? subnetOf(first) : {};
  const cidr6 = second && subnet6Of(second);
  const [names, zone] = [dnsOf(dns), domainOf(domain)];
  if (!own || !names || !zone || (second && cidr6 === undefined)) return undefined;
  return { ...own, ...(cidr6 !== undefined && { cidr6 }), ...names, ...zone, ...(mtu !== undefined && { mtu }) };
}

const isV4 = ({ family }: Subnet): boolean => family !== 'ipv6';

/** A subnet with one range, or none. */
function subnetOf(subnet: Subnet): Addressing | undefined {
  const { address, netmask, prefix: said } = subnet;
  if (!only(subnet, 'address', 'netmask', 'prefix', 'family', 'ranges', 'hosts') || address === undefined)
    return undefined;
  const prefix = netmask === undefined ? said : prefixOf(netmask);
  if (prefix === undefined || (netmask !== undefined && said !== undefined)) return undefined;
  const network = networkOf(address, prefix);
  const dhcp = dhcpOf(subnet);
  return dhcp && { cidr: `${network}/${prefix}`, ...(firstOf(network) !== address && { gateway: address }), dhcp };
}

const SLAAC = 64;

/** Guests make their own addresses in it; the host has the first. */
function subnet6Of(subnet: Subnet): string | undefined {
  const { address, prefix } = subnet;
  if (!only(subnet, 'address', 'prefix', 'family') || prefix !== SLAAC) return undefined;
  const network = address?.endsWith('::1') ? address.slice(0, -1) : undefined;
  return network === undefined ? undefined : `${network}/${prefix}`;
}

function dnsOf(dns: External['dns'] = {}): Pick<Addressing, 'dns'> | undefined {
  const { enabled, hosts = [] } = dns;
  const isPlain = hosts.every(({ address, names = [] }) => address !== undefined && names.length > 0);
  if (!only(dns, 'enabled', 'hosts') || !isPlain) return undefined;
  const records = hosts.map(({ address = '', names = [] }) => ({ address, names }));
  const own = { ...(enabled === false && { enabled }), ...(records.length > 0 && { hosts: records }) };
  return Object.keys(own).length > 0 ? { dns: own } : {};
}

function domainOf(domain: External['domain'] = {}): Pick<Addressing, 'domain'> | undefined {
  const { name, localOnly } = domain;
  if (name === undefined) return Object.keys(domain).length > 0 ? undefined : {};
  return only(domain, 'name', 'localOnly') ? { domain: { name, ...(localOnly === true && { localOnly }) } } : undefined;
}

type Own = Pick<Spec, 'nat' | 'routed' | 'isolated'>;

/** What our own networks are called in libvirt. */
const MODES: Partial<Record<External['mode'], (own: Addressing, device: { device?: string }) => Own>> = {
  NAT: (own, device) => ({ nat: { ...own, ...device } }),
  Route: (own, device) => ({ routed: { ...own, cidr: own.cidr ?? '', ...device } }),
  Open: (own) => ({ routed: { ...own, cidr: own.cidr ?? '', open: true } }),
  None: (own, { device }) => (device === undefined ? { isolated: own } : {}),
};

/** libvirt says the device twice. */
function deviceOf({ device, devices = [] }: External): { device?: string } | undefined {
  const names = devices.flatMap(({ name }) => name ?? []);
  const same = names.length === devices.length && names.every((name) => name === (device ?? names[0]));
  if (!same || names.length > 1) return undefined;
  const [name = device] = names;
  return name === undefined ? {} : { device: name };
}

function ownOf(value: External): Own | undefined {
  const [own, device] = [addressingOf(value), deviceOf(value)];
  const made = own && device && MODES[value.mode]?.(own, device);
  return made && Object.keys(made).length > 0 ? made : undefined;
}

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
  const net = ownOf(value);
  const bridge =
    value.mode === 'Bridge' && value.bridge !== undefined && only(value, 'mode', 'bridge')
      ? { name: value.bridge }
      : undefined;
  const own: Spec | undefined = net ?? (bridge && { bridge });
  return own && kinds.VirtualMachineNetwork.spec.safeParse(own).success ? own : { external: value };
}
