import { sameJson } from '../../controller/conditions.ts';
import type { TapBackend } from '../../qemu/argv.ts';
import type { Link } from '../link/link.ts';
import { formatMark, type Mark } from '../names.ts';
import { type Command, deleteTable, replaceTable, type Table } from '../nft/table.ts';

type Words = readonly string[];

/** A tap that a machine is to have. */
export interface WantedTap {
  readonly backend: TapBackend;
  readonly mark: Mark;
  /** Who opens it. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

export interface SeenTap {
  /** Nothing where it is not there yet. */
  readonly link?: Link;
  /** What holds back what goes to the guest, in bytes per second. */
  readonly inbound?: number;
  /** What holds back what comes from it. */
  readonly limit?: Table;
}

export interface TapChanges {
  readonly links: readonly Words[];
  readonly queues: readonly Words[];
  readonly filter: readonly Command[];
}

/** What to do for a tap to be as it should. Pure. */
export function planTap({ backend, mark, owner }: WantedTap, seen: SeenTap): TapChanges {
  return {
    links: [...(seen.link ? [] : [makeTap(backend, owner)]), ...mendTap(backend, mark, seen.link)],
    queues: planInbound(backend, seen),
    filter: planOutbound(backend, seen.limit),
  };
}

const makeTap = ({ device, queues }: TapBackend, { uid, gid }: WantedTap['owner']): Words => [
  ...['tuntap', 'add', 'dev', device, 'mode', 'tap', 'user', String(uid), 'group', String(gid)],
  ...(queues > 1 ? ['multi_queue'] : []),
];

/** The host has no address of its own on it, not even one of the link: it only carries what is the guest's. */
function mendTap({ device, bridge, mtu }: TapBackend, mark: Mark, seen: Link | undefined): Words[] {
  const set = ['link', 'set', 'dev', device];
  const alias = formatMark(mark);
  return [
    ...(seen ? [] : [[...set, 'addrgenmode', 'none']]),
    ...(seen?.alias === alias ? [] : [[...set, 'alias', alias]]),
    ...(mtu === undefined || seen?.mtu === mtu ? [] : [[...set, 'mtu', String(mtu)]]),
    ...(bridge === undefined || seen?.master === bridge ? [] : [[...set, 'master', bridge]]),
    ...(seen?.up ? [] : [[...set, 'up']]),
  ];
}

/** Bytes that may pass at once: what a tenth of a second brings, and never less than one large packet. */
const burstOf = (rate: number): number => Math.max(Math.round(rate / 10), 65_536);
/** How long a packet waits before it is dropped instead. */
const LATENCY = '100ms';

/** A token bucket before the guest: packets wait in it. Source: tc-tbf(8) */
function planInbound({ device, inbound }: TapBackend, seen: SeenTap): Words[] {
  if (inbound === seen.inbound) return [];
  const root = ['dev', device, 'root'];
  if (inbound === undefined) return [['qdisc', 'del', ...root]];
  const bucket = ['rate', `${inbound * 8}bit`, 'burst', String(burstOf(inbound)), 'latency', LATENCY];
  return [['qdisc', 'replace', ...root, 'tbf', ...bucket]];
}

/** Where a guest's packets come in they cannot wait: what is too much is dropped, and TCP slows down. */
export function limitTable(device: string, rate: number): Table {
  const limit = { rate, burst: burstOf(rate), per: 'second', inv: true, rate_unit: 'bytes', burst_unit: 'bytes' };
  const rules = [[{ limit }, { drop: null }]];
  const chain = { name: 'limit', type: 'filter', hook: 'ingress', prio: 0, dev: device, rules } as const;
  return { family: 'netdev', name: limitName(device), sets: [], chains: [chain] };
}

export const limitName = (device: string): string => `vmctl_${device}`;

function planOutbound({ device, outbound }: TapBackend, seen: Table | undefined): Command[] {
  if (outbound === undefined) return seen ? deleteTable(seen) : [];
  const wanted = limitTable(device, outbound);
  return seen && sameJson(seen, wanted) ? [] : replaceTable(wanted);
}
