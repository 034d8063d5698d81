import { isIP } from 'node:net';
import type { Member } from '../router/members.ts';
import type { Mode } from '../router/mode.ts';
import type { Router, RouterSpec } from '../router/router.ts';
import type { Resolver } from './resolv.ts';

export interface ConfigParts {
  /** The network's name, for whoever reads the file. */
  readonly name: string;
  readonly mode: Mode;
  readonly router: Router;
  readonly spec: RouterSpec;
  readonly members: readonly Member[];
  /** The host's own. */
  readonly resolver: Resolver;
  readonly files: { readonly leases: string; readonly pid: string };
}

const LEASE_SECONDS = 3600;
/** Addresses that DHCPv6 gives out where the subnet is too small for guests to make their own. */
const RANGE6 = { first: 16n, last: 4095n };
const SLAAC_PREFIX = 64;

/** The configuration of a network's own dnsmasq. Source: dnsmasq(8) */
export function dnsmasqConfig(parts: ConfigParts): string {
  const { name, router, files } = parts;
  const lines = [
    `# Made by vmctl for the network ${name}; changes are lost.`,
    `interface=${router.device}`,
    // A network's addresses come after its dnsmasq where there is no guest yet, and other dnsmasqs stay out of the way.
    'bind-dynamic',
    'except-interface=lo',
    'no-hosts',
    'user=nobody',
    'log-facility=-',
    ...['quiet-dhcp', 'quiet-dhcp6', 'quiet-ra'],
    `pid-file=${files.pid}`,
    `dhcp-leasefile=${files.leases}`,
    ...naming(parts),
    ...dhcp(parts),
    ...dhcp6(parts),
  ];
  return `${lines.join('\n')}\n`;
}

/** Names of a network that leads nowhere stay in it, unless somebody says whom to ask. */
function asked(mode: Mode, dns: RouterSpec['dns']): string[] {
  if (dns?.enabled === false) return ['port=0'];
  if (dns?.servers) return ['no-resolv', ...dns.servers.map((it) => `server=${it}`)];
  return mode === 'isolated' ? ['no-resolv'] : ['resolv-file=/etc/resolv.conf'];
}

/** Through us, guests ask every name server of the host, be there three or more of them. */
function naming({ mode, spec: { dns, domain }, resolver }: ConfigParts): string[] {
  const given = dns?.searchDomains ?? (mode === 'isolated' ? [] : resolver.searchDomains);
  const search = domain ? [domain.name, ...given.filter((name) => name !== domain.name)] : given;
  const own = domain?.localOnly ? [`local=/${domain.name}/`] : [];
  const records = (dns?.hosts ?? []).map(({ address, names }) => `host-record=${[...names, address].join(',')}`);
  const servers = [...asked(mode, dns), ...own, ...records];
  if (search.length === 0) return servers;
  return [
    ...servers,
    `domain=${search[0]}`,
    `dhcp-option=option:domain-search,${search.join(',')}`,
    `dhcp-option=option6:domain-search,${search.join(',')}`,
  ];
}

function dhcp({ mode, router, spec, members }: ConfigParts): string[] {
  const { range, subnet } = router;
  if (!range) return [];
  const seconds = spec.dhcp?.leaseSeconds ?? LEASE_SECONDS;
  return [
    'dhcp-authoritative',
    // The look whether somebody has the address would cost every new guest three seconds.
    'no-ping',
    `dhcp-lease-max=${Number(subnet.size > 65536n ? 65536n : subnet.size)}`,
    `dhcp-range=${range.start},${range.end},${subnet.netmask},${seconds}s`,
    // There is nowhere to go by way of the host.
    ...(mode === 'isolated' ? ['dhcp-option=option:router'] : []),
    ...(spec.mtu === undefined ? [] : [`dhcp-option=option:mtu,${spec.mtu}`]),
    ...hosts(spec, members, router),
  ];
}

/** Who always gets the same address, and which name each machine has: its own, whatever its guest says. */
function hosts(spec: RouterSpec, members: readonly Member[], { subnet, subnet6 }: Router): string[] {
  const fixed = spec.dhcp?.hosts ?? [];
  const named = fixed.map(({ macAddress, address, hostName }) =>
    hostLine(macAddress.toLowerCase(), [address], hostName),
  );
  const known = new Set(fixed.map(({ macAddress }) => macAddress.toLowerCase()));
  const ours = members.filter(({ macAddress }) => !known.has(macAddress));
  const names = new Set<string>();
  return [
    ...named,
    ...ours.map(({ macAddress, machine, addresses }) => {
      const label = machine.replaceAll('.', '-').slice(0, 63);
      const first = !names.has(label);
      names.add(label);
      const here = addresses.filter((address) => subnet.has(address) || subnet6?.has(address));
      return hostLine(macAddress, here, first ? label : undefined);
    }),
  ];
}

const hostLine = (macAddress: string, addresses: readonly string[], name: string | undefined): string =>
  [
    `dhcp-host=${macAddress}`,
    ...addresses.map((address) => (isIP(address) === 6 ? `[${address}]` : address)),
    ...(name === undefined ? [] : [name]),
  ].join(',');

function dhcp6({ mode, router: { subnet6 }, spec }: ConfigParts): string[] {
  if (!subnet6) return [];
  const seconds = spec.dhcp?.leaseSeconds ?? LEASE_SECONDS;
  const last = subnet6.size - 2n < RANGE6.last ? subnet6.size - 2n : RANGE6.last;
  const range =
    subnet6.prefix === SLAAC_PREFIX
      ? `${subnet6.network},ra-stateless,ra-names,${subnet6.prefix},${seconds}s`
      : `${subnet6.at(RANGE6.first)},${subnet6.at(last)},${subnet6.prefix},${seconds}s`;
  const nowhere = mode === 'isolated' ? ['ra-param=*,0,0'] : [];
  return ['enable-ra', ...nowhere, `dhcp-range=${range}`, 'dhcp-option=option6:dns-server,[::]'];
}
