import type { Link } from '../link/link.ts';
import type { Route, Seen } from './seen.ts';
import type { HostAction, WantedBridge } from './wanted.ts';

type Words = readonly string[];

const links = (commands: readonly Words[]): HostAction[] =>
  commands.length === 0 ? [] : [{ type: 'links', commands }];

/**
 * Moves the host's addresses and routes from one device to another: each is at its new place before it leaves the old one,
 * so that whoever is killed in between finds the rest where it was and goes on.
 */
function move(from: Link, to: Link | undefined, target: string, routes: readonly Route[]): Words[] {
  const arriving = from.addresses.filter((address) => !to?.addresses.includes(address));
  return [
    ...arriving.map((address) => ['address', 'replace', address, 'dev', target]),
    ...routes.map((route) => routeWords(route, target)),
    ...from.addresses.map((address) => ['address', 'del', address, 'dev', from.name]),
  ];
}

function routeWords({ destination, gateway, metric, source, family }: Route, device: string): Words {
  return [
    ...['route', 'replace', destination === 'default' && family === 6 ? '::/0' : destination],
    ...(gateway === undefined ? [] : ['via', gateway]),
    ...['dev', device],
    ...(source === undefined ? [] : ['src', source]),
    ...(metric === undefined ? [] : ['metric', String(metric)]),
  ];
}

/** Puts the card on the bridge, and what the host had on the card on the bridge. */
export function planUplink({ name, uplink, macAddress, vlan }: WantedBridge, seen: Seen): HostAction[] {
  if (uplink === undefined || !seen.uplink) return [];
  const card = seen.uplink;
  const address = macAddress ?? card.macAddress;
  const tags =
    vlan === undefined || seen.uplinkVlans.includes(vlan)
      ? []
      : [['vlan', 'add', 'dev', card.name, 'vid', String(vlan)]];
  const moves = links([
    ...(seen.bridge?.macAddress === address ? [] : [['link', 'set', 'dev', name, 'address', address]]),
    ...(card.master === name ? [] : [['link', 'set', 'dev', card.name, 'master', name]]),
    ...(card.up ? [] : [['link', 'set', 'dev', card.name, 'up']]),
    ...(card.addresses.length === 0 && seen.uplinkRoutes.length === 0
      ? []
      : move(card, seen.bridge, name, seen.uplinkRoutes)),
  ]);
  return [...moves, ...(tags.length > 0 ? [{ type: 'bridge-vlans', commands: tags } as const] : [])];
}

/** The way back. Each part is undone by itself: whoever was killed between two of them finds the other. */
export function planUplinkBack(bridge: Link, seen: Seen): HostAction[] {
  const card = seen.uplink;
  if (!card) return [];
  const moved = bridge.addresses.length > 0 || seen.bridgeRoutes.length > 0;
  return links([
    ...(card.master === bridge.name ? [['link', 'set', 'dev', card.name, 'nomaster']] : []),
    ...(moved ? move(bridge, card, card.name, seen.bridgeRoutes) : []),
  ]);
}
