import { createHash } from 'node:crypto';
import type { OvsSpec } from '../../../schemas/kinds/network.ts';

type Acl = NonNullable<OvsSpec['acls']>[number];

/** One port of a guest. */
export interface OvsPort {
  readonly tap: string;
  /** Its number in OpenFlow. */
  readonly number: number;
  readonly macAddress: string;
  /** Number of the meter that its packets pass, where something holds them back. */
  readonly meter?: number;
}

/** Stages of a packet's way, in tables that Open vSwitch's own flows leave alone: from guests, then to guests. */
const TABLES = { from: 170, to: 180 } as const;
const FIRST = { guest: 50_000, toGuest: 49_999, track: 40_000, known: 39_000, rest: 1 } as const;

/** Bits of a cookie by which our flows of a network are known; the others say which version of them it is. */
export interface Cookie {
  readonly network: string;
  readonly mask: string;
}

const hex = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits);

export const cookieOf = (networkUid: string): Cookie => ({
  network: `0x${hex(`ovs/${networkUid}`, 8)}00000000`,
  mask: '0xffffffff00000000',
});

const zoneOf = (networkUid: string): number => Number.parseInt(hex(`zone/${networkUid}`, 4), 16) || 1;

const PROTOCOLS = {
  TCP: ['tcp', 'tcp6'],
  UDP: ['udp', 'udp6'],
  ICMP: ['icmp'],
  ICMPv6: ['icmp6'],
  ARP: ['arp'],
  Any: ['ip', 'ipv6'],
} as const satisfies Record<NonNullable<Acl['protocol']>, readonly string[]>;

const isV6 = (protocol: string): boolean => protocol === 'ipv6' || protocol.endsWith('6');

/** The fields of one protocol that a rule looks at; nothing where its address is of the other version of IP. */
function matchOf({ direction, port, address }: Acl, protocol: string): string | undefined {
  const version = isV6(protocol) ? 'ipv6' : protocol === 'arp' ? 'arp' : 'nw';
  if (address !== undefined && address.includes(':') !== isV6(protocol)) return undefined;
  const side = direction === 'To' ? 'src' : 'dst';
  const field = version === 'arp' ? (direction === 'To' ? 'arp_spa' : 'arp_tpa') : `${version}_${side}`;
  return [
    protocol,
    ...(protocol === 'arp' ? [] : ['ct_state=+trk+new']),
    ...(address === undefined ? [] : [`${field}=${address}`]),
    ...(port === undefined ? [] : [`tp_dst=${port}`]),
  ].join(',');
}

const flow = (table: number, priority: number, match: string, actions: string): string =>
  `table=${table},priority=${priority}${match === '' ? '' : `,${match}`},actions=${actions}`;

/**
 * The flows of a network's ports: what holds guests back, then rules from them, then rules to them. Who began a conversation
 * that was allowed gets its answers: connections are tracked, in a zone of the network's own. Source: ovs-actions(7)
 */
export function flowsOf(networkUid: string, acls: readonly Acl[], ports: readonly OvsPort[]): string[] {
  if (acls.length === 0) return ports.flatMap((port) => (port.meter === undefined ? [] : [entry(port, 'NORMAL')]));
  const zone = zoneOf(networkUid);
  return [
    ...ports.flatMap((port) => [
      entry(port, `resubmit(,${TABLES.from})`),
      flow(0, FIRST.toGuest, `dl_dst=${port.macAddress}`, `resubmit(,${TABLES.from})`),
    ]),
    ...fromGuests(acls, ports, zone),
    ...toGuests(acls, ports, zone),
  ];
}

const entry = ({ number, meter }: OvsPort, next: string): string =>
  flow(0, FIRST.guest, `in_port=${number}`, `${meter === undefined ? '' : `meter:${meter},`}${next}`);

function fromGuests(acls: readonly Acl[], ports: readonly OvsPort[], zone: number): string[] {
  const { from, to } = TABLES;
  const next = `resubmit(,${to})`;
  const rules = acls.filter(({ direction }) => direction === 'From');
  return [
    ...tracked(from, zone, next),
    ...ports.flatMap(({ number }) =>
      rules.flatMap((rule) => rulesOf(rule, from, `in_port=${number}`, rule.action === 'Drop' ? 'drop' : next)),
    ),
    flow(from, 0, '', next),
  ];
}

function toGuests(acls: readonly Acl[], ports: readonly OvsPort[], zone: number): string[] {
  const { to } = TABLES;
  const commit = `ct(commit,zone=${zone}),NORMAL`;
  const rules = acls.filter(({ direction }) => direction === 'To');
  const begin = (rule: Acl): string => (rule.protocol === 'ARP' ? 'NORMAL' : commit);
  return [
    ...['ip', 'ipv6'].map((ip) => flow(to, FIRST.known, `${ip},ct_state=+trk+est`, 'NORMAL')),
    ...['ip', 'ipv6'].map((ip) => flow(to, FIRST.known, `${ip},ct_state=+trk+rel`, 'NORMAL')),
    ...ports.flatMap(({ macAddress }) =>
      rules.flatMap((rule) => rulesOf(rule, to, `dl_dst=${macAddress}`, rule.action === 'Drop' ? 'drop' : begin(rule))),
    ),
    ...['ip', 'ipv6'].map((ip) => flow(to, FIRST.rest, `${ip},ct_state=+trk+new`, commit)),
    flow(to, 0, '', 'NORMAL'),
  ];
}

/** Every IP packet is looked up first; answers and what belongs to them go on. */
const tracked = (table: number, zone: number, next: string): string[] =>
  ['ip', 'ipv6'].flatMap((ip) => [
    flow(table, FIRST.track, `${ip},ct_state=-trk`, `ct(table=${table},zone=${zone})`),
    flow(table, FIRST.known, `${ip},ct_state=+trk+est`, next),
    flow(table, FIRST.known, `${ip},ct_state=+trk+rel`, next),
  ]);

const rulesOf = (rule: Acl, table: number, where: string, actions: string): string[] =>
  PROTOCOLS[rule.protocol ?? 'Any'].flatMap((protocol) => {
    const match = matchOf(rule, protocol);
    return match === undefined ? [] : [flow(table, rule.priority + 1, `${where},${match}`, actions)];
  });

/** The lines of one bundle that replaces a network's flows, and the cookie that all of them then have. */
export function flowBundle(networkUid: string, flows: readonly string[]): { lines: string[]; cookie: string } {
  const { network, mask } = cookieOf(networkUid);
  const cookie = `${network.slice(0, -8)}${hex(flows.join('\n'), 8)}`;
  return {
    lines: [`delete cookie=${network}/${mask}`, ...flows.map((line) => `add cookie=${cookie},${line}`)],
    cookie,
  };
}
