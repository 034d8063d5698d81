import { sameJson } from '../../controller/conditions.ts';
import type { Link } from '../link/link.ts';
import { deleteTable, replaceTable, type Table } from '../nft/table.ts';
import { planOvs, planOvsGone } from '../ovs/plan.ts';
import type { Seen } from './seen.ts';
import { planUplink, planUplinkBack } from './uplink.ts';
import type { HostAction, Wanted, WantedBridge } from './wanted.ts';

type Words = readonly string[];

/** What to do for a network to be as it should; nothing when it is. Pure. */
export function planHost(wanted: Wanted, watch: Table | undefined, seen: Seen): HostAction[] {
  const inSwitch = wanted.ovs && seen.ovs ? planOvs(wanted.ovs, seen.ovs) : [];
  // The host's own port is there only once the switch has made it.
  if (inSwitch.length > 0) return inSwitch;
  return [
    ...planBridge(wanted.bridge, seen),
    ...planTaps(wanted, seen),
    ...wanted.settings
      .filter(({ setting, value }) => seen.settings[setting] !== value)
      .map(({ setting, value }) => ({ type: 'setting', setting, value }) as const),
    ...planForwarding(wanted, seen),
    ...planTable(wanted.table, seen.table),
    ...planTable(watch, seen.watch),
    ...planDnsmasq(wanted.dnsmasq, seen),
  ];
}

const links = (commands: readonly Words[]): HostAction[] =>
  commands.length === 0 ? [] : [{ type: 'links', commands }];

function planBridge(wanted: WantedBridge | undefined, seen: Seen): HostAction[] {
  if (!wanted) return seen.bridge ? planBridgeGone(seen) : [];
  if (seen.bridge && wanted.isPort === (seen.bridge.kind === 'bridge')) return planBridgeGone(seen);
  if (wanted.isPort && !seen.bridge) return [];
  const made = seen.bridge ? [] : [makeBridge(wanted)];
  const kept = [...made, ...mendBridge(wanted, seen.bridge)];
  return [...links(kept), ...planUplink(wanted, seen)];
}

/** Without the delay of a spanning tree's learning: there is no loop behind a guest. */
const makeBridge = ({ name, macAddress, vlan }: WantedBridge): Words => [
  ...['link', 'add', 'name', name],
  ...(macAddress === undefined ? [] : ['address', macAddress]),
  ...['type', 'bridge', 'forward_delay', '0', 'stp_state', '0'],
  ...(vlan === undefined ? [] : ['vlan_filtering', '1']),
];

function mendBridge({ name, alias, addresses, mtu, uplink }: WantedBridge, seen: Link | undefined): Words[] {
  const device = ['dev', name];
  const there = seen?.addresses ?? [];
  // What an uplink brought with it is the host's own.
  const foreign = uplink === undefined ? there.filter((address) => !addresses.includes(address)) : [];
  return [
    ...(seen?.alias === alias ? [] : [['link', 'set', ...device, 'alias', alias]]),
    ...(mtu === undefined || seen?.mtu === mtu ? [] : [['link', 'set', ...device, 'mtu', String(mtu)]]),
    ...foreign.map((address) => ['address', 'del', address, ...device]),
    ...addresses
      .filter((address) => !there.includes(address))
      .map((address) => [
        'address',
        'add',
        address,
        ...(address.includes(':') ? ['nodad'] : ['broadcast', '+']),
        ...device,
      ]),
    ...(seen?.up ? [] : [['link', 'set', ...device, 'up']]),
  ];
}

/** Taps of this network that are somewhere else: the bridge was made anew under them. */
function planTaps({ attach, bridge }: Wanted, { taps }: Seen): HostAction[] {
  if (attach === undefined || bridge === undefined) return [];
  const loose = taps.filter(({ master }) => master !== attach);
  return links(loose.map(({ name }) => ['link', 'set', 'dev', name, 'master', attach]));
}

function planForwarding({ forwarding }: Wanted, { forwarding: seen }: Seen): HostAction[] {
  return [
    ...(forwarding.ipv4 && !seen.ipv4 ? [{ type: 'forwarding', family: 4 } as const] : []),
    ...(forwarding.ipv6 && !seen.ipv6 ? [{ type: 'forwarding', family: 6 } as const] : []),
  ];
}

function planTable(wanted: Table | undefined, seen: Table | undefined): HostAction[] {
  if (!wanted) return seen ? [{ type: 'filter', commands: deleteTable(seen) }] : [];
  return seen && sameJson(seen, wanted) ? [] : [{ type: 'filter', commands: replaceTable(wanted) }];
}

function planDnsmasq(wanted: string | undefined, { dnsmasq }: Seen): HostAction[] {
  if (wanted === undefined) return dnsmasq.pid === undefined ? [] : [{ type: 'stop-dnsmasq' }];
  if (dnsmasq.pid !== undefined && dnsmasq.config === wanted) return [];
  const stop: HostAction[] = dnsmasq.pid === undefined ? [] : [{ type: 'stop-dnsmasq' }];
  return [...stop, { type: 'start-dnsmasq', config: wanted }];
}

/** Nothing of a network that is on its way out stays. @param last whether no other network of this host routes, or sees addresses */
export function planFree(
  seen: Seen,
  last: { readonly router: boolean; readonly watcher: boolean },
  mark: { readonly owner: string; readonly network: string },
): HostAction[] {
  return [
    ...(seen.dnsmasq.pid === undefined ? [] : [{ type: 'stop-dnsmasq' } as const]),
    ...planTable(undefined, seen.table),
    ...planBridgeGone(seen),
    ...(seen.ovs ? planOvsGone(mark, seen.ovs) : []),
    ...(last.watcher ? planTable(undefined, seen.watch) : []),
    ...(last.router && seen.forwarding.ours ? [{ type: 'stop-forwarding' } as const] : []),
    ...(seen.files ? [{ type: 'remove-files' } as const] : []),
  ];
}

/** First the card is put back, then the bridge goes, and with it its addresses and settings. */
const planBridgeGone = (seen: Seen): HostAction[] =>
  seen.bridge?.kind === 'bridge'
    ? [...planUplinkBack(seen.bridge, seen), ...links([['link', 'del', 'dev', seen.bridge.name]])]
    : [];
