import { isIP } from 'node:net';
import { tableOf } from '../names.ts';
import * as nft from '../nft/expressions.ts';
import type { Chain, Expression, Table } from '../nft/table.ts';
import type { Forwards, OneToOne, Redirect } from './forwards.ts';
import type { Mode } from './mode.ts';
import type { Router } from './router.ts';

type Rule = readonly Expression[];

export interface TableParts {
  readonly mode: Mode;
  readonly router: Router;
  readonly redirects: Forwards['redirects'];
  readonly oneToOnes: readonly OneToOne[];
}

const familyOf = (address: string): 4 | 6 => (isIP(address) === 6 ? 6 : 4);

/** Only what this host has: packets that it routes for others pass. */
function toListener({ forward: { hostAddress, hostPort, protocol } }: Redirect): Rule {
  const any = hostAddress === '0.0.0.0' || hostAddress === '::';
  const family = familyOf(hostAddress);
  const where = any ? [nft.version(family), nft.local] : [nft.address(family, 'daddr', hostAddress)];
  return [...where, nft.destinationPort(protocol, [hostPort])];
}

const redirect = (one: Redirect): Rule => [
  ...toListener(one),
  nft.dnat(familyOf(one.target), one.target, one.forward.port),
];

/** First the ports that stay, then everything. */
function toGuest({ hostAddress, guestAddress, excludedPorts }: OneToOne): Rule[] {
  const family = familyOf(hostAddress);
  const here = nft.address(family, 'daddr', hostAddress);
  const stays = (protocol: 'TCP' | 'UDP'): Rule[] =>
    excludedPorts.length === 0 ? [] : [[here, nft.destinationPort(protocol, excludedPorts), nft.accept]];
  return [...stays('TCP'), ...stays('UDP'), [here, nft.dnat(family, guestAddress)]];
}

/** From outside (prerouting) and from the host itself (output). */
const redirects = ({ redirects: forwards, oneToOnes }: TableParts): Rule[] => [
  ...forwards.map(redirect),
  ...oneToOnes.flatMap(toGuest),
];

/** A guest that is told of its host's address leaves with it; the others share the host's, or are known by their own. */
function leaving({ mode, router, oneToOnes }: TableParts): Rule[] {
  const { device, subnet, subnet6 } = router;
  const own = oneToOnes.map(({ hostAddress, guestAddress }) => {
    const family = familyOf(hostAddress);
    return [
      nft.address(family, 'saddr', guestAddress),
      nft.meta('oifname', device, '!='),
      nft.snat(family, hostAddress),
    ];
  });
  const subnets = [subnet, ...(subnet6 ? [subnet6] : [])];
  return [
    ...own,
    // A guest that reaches its neighbour by a port of the host must be answered through the host.
    ...subnets.map((net) => [nft.inSubnet('saddr', net), nft.inSubnet('daddr', net), nft.redirected, nft.masquerade]),
    ...subnets
      .filter(() => mode === 'nat')
      .map((net) => [nft.inSubnet('saddr', net), nft.inSubnet('daddr', net, '!='), nft.masquerade]),
    [nft.meta('oifname', device), nft.loopback('saddr'), nft.masquerade],
  ];
}

const outBy = (over: string | undefined): Rule => (over === undefined ? [] : [nft.meta('oifname', over)]);
const inBy = (over: string | undefined): Rule => (over === undefined ? [] : [nft.meta('iifname', over)]);
const among = (device: string): Rule => [nft.meta('oifname', device), nft.meta('iifname', device), nft.accept];

/** What the host hands on between the network and others. Source: https://libvirt.org/firewall.html */
const PASSING = {
  /** Answers and what was redirected come in, everything goes out, nothing else comes in. */
  nat: ({ router: { device, over } }) => [
    [nft.meta('oifname', device), nft.established, nft.accept],
    [nft.meta('oifname', device), nft.redirected, nft.accept],
    among(device),
    [nft.meta('iifname', device), ...outBy(over), nft.accept],
    ...(over === undefined ? [] : [[nft.meta('iifname', device), nft.established, nft.accept]]),
    ...(over === undefined ? [] : [[nft.meta('iifname', device), nft.reject]]),
    [nft.meta('oifname', device), nft.reject],
  ],
  /** What is to or from an address of the network. */
  routed: ({ router: { device, over, subnet, subnet6 } }) => [
    among(device),
    ...[subnet, ...(subnet6 ? [subnet6] : [])].flatMap((net) => [
      [nft.meta('oifname', device), ...inBy(over), nft.inSubnet('daddr', net), nft.accept],
      [nft.meta('iifname', device), ...outBy(over), nft.inSubnet('saddr', net), nft.accept],
    ]),
    [nft.meta('iifname', device), nft.reject],
    [nft.meta('oifname', device), nft.reject],
  ],
  open: () => [],
  isolated: ({ router: { device } }) => isolating(device),
} satisfies Record<Mode, (parts: TableParts) => Rule[]>;

const isolating = (device: string): Rule[] => [
  among(device),
  [nft.meta('iifname', device), nft.reject],
  [nft.meta('oifname', device), nft.reject],
];

/** The device takes packets of 127.0.0.0/8 for the sake of forwards from there: none may come from a guest. */
const guarding = ({ router: { device } }: TableParts): Rule[] => [
  [nft.meta('iifname', device), nft.loopback('daddr'), nft.drop],
];

/** Everything that the packet filter does for a network, in a table of its own. */
export function routerTable(networkUid: string, parts: TableParts): Table {
  return {
    ...isolatedTable(networkUid, parts.router.device),
    chains: [
      chain('guard', { type: 'filter', hook: 'prerouting', prio: -300 }, guarding(parts)),
      chain('arriving', { type: 'nat', hook: 'prerouting', prio: -100 }, redirects(parts)),
      chain('local', { type: 'nat', hook: 'output', prio: -100 }, redirects(parts)),
      chain('passing', { type: 'filter', hook: 'forward', prio: 0 }, PASSING[parts.mode](parts)),
      chain('leaving', { type: 'nat', hook: 'postrouting', prio: 100 }, leaving(parts)),
    ],
  };
}

const chain = (name: string, place: Omit<Chain, 'name' | 'rules'>, rules: readonly Rule[]): Chain => ({
  name,
  ...place,
  rules,
});

/** The same of a network in which the host has no address: it hands nothing on. */
export const isolatedTable = (networkUid: string, device: string): Table => ({
  family: 'inet',
  name: tableOf(networkUid),
  sets: [],
  chains: [chain('passing', { type: 'filter', hook: 'forward', prio: 0 }, isolating(device))],
});
