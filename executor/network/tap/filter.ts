import { isIPv4 } from 'node:net';
import type { FilterPart, TapBackend, TapFilter } from '../../qemu/argv.ts';
import type { Chain, Expression, Table } from '../nft/table.ts';

type Rule = readonly Expression[];

/** libvirt's own filters, by what each of them holds back. Source: https://libvirt.org/formatnwfilter.html, nwfilter/xml */
const FILTERS: Readonly<Record<string, readonly FilterPart[]>> = {
  'no-mac-spoofing': ['mac'],
  'no-ip-spoofing': ['ip'],
  'no-arp-mac-spoofing': ['arpMac'],
  'no-arp-ip-spoofing': ['arpIp'],
  'no-arp-spoofing': ['arpMac', 'arpIp'],
  'no-other-l2-traffic': ['otherProtocols'],
  'clean-traffic': ['mac', 'ip', 'arpMac', 'arpIp', 'otherProtocols'],
};

const BY_ADDRESS: readonly FilterPart[] = ['ip', 'arpIp'];

export interface WantedFilter {
  readonly name: string;
  readonly parameters?: readonly { readonly name: string; readonly value: string }[] | undefined;
}

/** What a filter is for one interface. @returns nothing for one that we do not have */
export function filterOf(wanted: WantedFilter, macAddress: string, known: readonly string[]): TapFilter | undefined {
  if (!Object.hasOwn(FILTERS, wanted.name)) return undefined;
  const said = (wanted.parameters ?? []).filter(({ name }) => name === 'IP').map(({ value }) => value);
  const addresses = (said.length > 0 ? said : known.map((address) => address.replace(/\/[0-9]+$/, ''))).filter(isIPv4);
  const parts = (FILTERS[wanted.name] ?? []).filter((part) => addresses.length > 0 || !BY_ADDRESS.includes(part));
  return { parts, macAddress: macAddress.toLowerCase(), addresses: byNumber(addresses) };
}

/** Whether all of a filter can be carried out: what is about addresses needs one. */
export function isWhole(wanted: WantedFilter, found: TapFilter | undefined): boolean {
  return found !== undefined && found.parts.length === (FILTERS[wanted.name] ?? []).length;
}

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
/** As the kernel lists them. */
const byNumber = (addresses: readonly string[]): string[] =>
  [...new Set(addresses)].sort((a, b) => numberOf(a) - numberOf(b));

const match = (left: object, right: unknown, op = '=='): Expression => ({ match: { op, left, right } });
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
const DROP: Expression = { drop: null };
const ACCEPT: Expression = { accept: null };
const NOBODY = '0.0.0.0';
const DHCP = 67;
/** IPv4, ARP, and RARP, with which qemu tells where a machine is after it has moved. */
const PROTOCOLS = { set: ['ip', 'arp', 0x8035] };

const oneOf = (addresses: readonly string[]): unknown =>
  addresses.length === 1 ? addresses[0] : { set: [...addresses] };

/** What may not come from a guest. Who has no address yet may ask for one, and whether anybody has it. */
const FROM = {
  mac: ({ macAddress }) => [[match(payload('ether', 'saddr'), macAddress, '!='), DROP]],
  arpMac: ({ macAddress }) => [[match(payload('arp', 'saddr ether'), macAddress, '!='), DROP]],
  arpIp: ({ addresses }) => [[match(payload('arp', 'saddr ip'), oneOf([NOBODY, ...addresses]), '!='), DROP]],
  ip: ({ addresses }) => [
    [match(payload('ip', 'saddr'), NOBODY), match(payload('udp', 'dport'), DHCP), ACCEPT],
    [match(payload('ip', 'saddr'), oneOf(addresses), '!='), DROP],
  ],
  otherProtocols: () => [[match(payload('ether', 'type'), PROTOCOLS, '!='), DROP]],
} satisfies Record<FilterPart, (filter: TapFilter) => Rule[]>;

/** The nftables table of one tap, in the family bridge. */
export const filterTableOf = (device: string): string => `vmctl_${device}`;

/** Everything that the packet filter does for one interface; before our other tables see a packet. Pure. */
export function filterTable({ device, filter }: TapBackend): Table | undefined {
  if (!filter) return undefined;
  const chain = (name: string, hook: Chain['hook'], key: string, prio: number, rules: readonly Rule[]): Chain => ({
    ...{ name, type: 'filter', hook, prio },
    rules: rules.map((rule) => [match({ meta: { key } }, device), ...rule]),
  });
  // First what is dropped whatever it asks for: asking for an address is no way past the rest.
  const order: readonly FilterPart[] = ['mac', 'arpMac', 'arpIp', 'otherProtocols', 'ip'];
  const from = order.filter((part) => filter.parts.includes(part)).flatMap((part) => FROM[part](filter));
  const to = filter.parts.includes('otherProtocols') ? FROM.otherProtocols() : [];
  return {
    family: 'bridge',
    name: filterTableOf(device),
    sets: [],
    chains: [
      chain('from', 'prerouting', 'iifname', -300, from),
      ...(to.length > 0 ? [chain('to', 'postrouting', 'oifname', 300, to)] : []),
    ],
  };
}
