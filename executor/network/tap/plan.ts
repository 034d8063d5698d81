import type { TapBackend } from '../../qemu/argv.ts';
import type { Link } from '../link/link.ts';
import { formatMark, type Mark, tapMac } from '../names.ts';
import { type LimitChanges, planLimits, type SeenLimits } from './limits.ts';

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
  readonly limits: SeenLimits;
  /** Tag of what comes from it; nothing where its bridge knows none. */
  readonly vlan?: number;
}

export interface TapChanges {
  /** Lines of ip(8). */
  readonly links: readonly Words[];
  readonly limits: LimitChanges;
  /** Words of ovs-vsctl(8). */
  readonly ovs: readonly Words[];
  /** Words of bridge(8). */
  readonly vlans: readonly Words[];
}

/** What to do for a tap to be as it should. Pure. */
export function planTap({ backend, mark, owner }: WantedTap, seen: SeenTap): TapChanges {
  return {
    links: [...(seen.link ? [] : [makeTap(backend, owner)]), ...mendTap(backend, mark, seen.link)],
    limits: planLimits(backend, seen.limits),
    ovs: planPort(backend),
    vlans: planVlan(backend, seen.vlan),
  };
}

const makeTap = ({ device, queues }: TapBackend, { uid, gid }: WantedTap['owner']): Words => [
  ...['tuntap', 'add', 'dev', device, 'mode', 'tap', 'user', String(uid), 'group', String(gid)],
  ...(queues > 1 ? ['multi_queue'] : []),
];

/** The host has no address of its own on it, not even one of the link: it only carries what is the guest's. */
function mendTap(
  { device, bridge, mtu, altName, isolated = false }: TapBackend,
  mark: Mark,
  seen: Link | undefined,
): Words[] {
  const set = ['link', 'set', 'dev', device];
  const alias = formatMark(mark);
  // A port that comes to another bridge is one like any other there.
  const wasIsolated = seen?.master === bridge && seen?.isolated === true;
  return [
    ...(seen ? [] : [[...set, 'addrgenmode', 'none', 'address', tapMac(device)]]),
    ...(seen?.alias === alias ? [] : [[...set, 'alias', alias]]),
    ...(altName === undefined || seen?.altNames?.includes(altName)
      ? []
      : [['link', 'property', 'add', 'dev', device, 'altname', altName]]),
    ...(mtu === undefined || seen?.mtu === mtu ? [] : [[...set, 'mtu', String(mtu)]]),
    ...(bridge === undefined || seen?.master === bridge ? [] : [[...set, 'master', bridge]]),
    ...(bridge === undefined || wasIsolated === isolated
      ? []
      : [[...set, 'type', 'bridge_slave', 'isolated', isolated ? 'on' : 'off']]),
    ...(seen?.up ? [] : [[...set, 'up']]),
  ];
}

/** Said again it changes nothing: the switch's database keeps what is the same. */
function planPort({ device, network, ovs }: TapBackend): Words[] {
  if (!ovs) return [];
  const { bridge, vlan, trunks = [] } = ovs;
  const set = (column: string, value: string): Words =>
    value === '' ? ['--', 'clear', 'Port', device, column] : ['--', 'set', 'Port', device, `${column}=${value}`];
  const mark = ['--', 'set', 'Port', device, `external_ids:vmctl-network=${network}`];
  const tags = [...set('tag', vlan === undefined ? '' : String(vlan)), ...set('trunks', trunks.join(','))];
  return [['--may-exist', 'add-port', bridge, device, ...mark, ...tags]];
}

/** Of a bridge that tells VLANs apart: what the guest sends gets the tag, what it gets has lost it. Source: bridge(8) */
function planVlan({ device, vlan }: TapBackend, seen: number | undefined): Words[] {
  if (vlan === undefined || vlan === seen) return [];
  const UNTAGGED = 1;
  return [
    ['vlan', 'del', 'dev', device, 'vid', String(seen ?? UNTAGGED)],
    ['vlan', 'add', 'dev', device, 'vid', String(vlan), 'pvid', 'untagged'],
  ];
}
