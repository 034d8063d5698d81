import type { Expression, Table } from './table.ts';

/** How long an address counts as a guest's after it was last seen; a guest that talks at all asks for neighbours sooner. */
const KEPT_SECONDS = 1800;
const SIZE = 65535;
/** Taps of ours. */
const TAPS = 'vt*';

const match = (left: object, right: unknown, op = '=='): Expression => ({ match: { op, left, right } });
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
const iifname = { meta: { key: 'iifname' } };
const learn = (set: string, mac: object, address: object): Expression => ({
  set: { op: 'update', elem: { concat: [iifname, mac, address] }, set: `@${set}` },
});

/**
 * Notes which addresses guests use, as ARP (RFC 826) and neighbour discovery (RFC 4861) show them: in the kernel, for every
 * bridge that a tap of ours is on, at the price of a look at each such packet.
 */
export function watchTable(owner: string): Table {
  const arp = payload('arp', 'saddr ip');
  const source = payload('ip6', 'saddr');
  const set = (name: string, address: string) => ({
    name,
    type: ['ifname', 'ether_addr', address],
    size: SIZE,
    timeoutSeconds: KEPT_SECONDS,
  });
  return {
    family: 'bridge',
    name: `vmctl_${owner}`,
    sets: [set('seen4', 'ipv4_addr'), set('seen6', 'ipv6_addr')],
    chains: [
      {
        name: 'seen',
        type: 'filter',
        hook: 'prerouting',
        prio: 0,
        rules: [
          [match(iifname, TAPS), match(arp, '0.0.0.0', '!='), learn('seen4', payload('arp', 'saddr ether'), arp)],
          [
            match(iifname, TAPS),
            match(payload('icmpv6', 'type'), { set: ['nd-neighbor-solicit', 'nd-neighbor-advert'] }),
            match(source, '::', '!='),
            learn('seen6', payload('ether', 'saddr'), source),
          ],
        ],
      },
    ],
  };
}
