import { lookup as resolve } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** What an address belongs to; `public` is everything else, private networks included: mirrors live there. */
export type AddressClass = 'public' | 'loopback' | 'forbidden';

const list = (...subnets: readonly [string, number, 'ipv4' | 'ipv6'][]): BlockList => {
  const blocks = new BlockList();
  for (const subnet of subnets) blocks.addSubnet(...subnet);
  return blocks;
};

/** The host itself; 0.0.0.0 and :: connect there as well. */
const LOOPBACK = list(['127.0.0.0', 8, 'ipv4'], ['0.0.0.0', 8, 'ipv4'], ['::1', 128, 'ipv6'], ['::', 128, 'ipv6']);

/** Link-local (where clouds serve credentials), their other metadata addresses, multicast, reserved and broadcast. */
const FORBIDDEN = list(
  ['169.254.0.0', 16, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'],
  ['168.63.129.16', 32, 'ipv4'],
  ['192.0.0.192', 32, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  ['fd00:ec2::254', 128, 'ipv6'],
  ['fd20:ce::254', 128, 'ipv6'],
);

/** Address families that carry an IPv4 address inside: mapped, NAT64 and 6to4 reach what that address reaches. */
const EMBEDDED = list(['::ffff:0:0', 96, 'ipv6'], ['64:ff9b::', 96, 'ipv6'], ['::', 96, 'ipv6']);

export function classify(address: string): AddressClass {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (family === 'ipv6') {
    if (LOOPBACK.check(address, 'ipv6')) return 'loopback';
    if (EMBEDDED.check(address, 'ipv6')) return classify(embedded(address));
  }
  if (FORBIDDEN.check(address, family)) return 'forbidden';
  return LOOPBACK.check(address, family) ? 'loopback' : 'public';
}

/** The last 32 bits of an IPv6 address as IPv4, by the URL parser's own normal form. */
function embedded(address: string): string {
  const normal = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const groups = normal.split(':').filter((group) => group !== '');
  const [high = 0, low = 0] = groups.slice(-2).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

export interface Resolved {
  readonly address: string;
  readonly family: 4 | 6;
  readonly class: AddressClass;
}

/** Every address of a host name as it is now: the one that is connected to must be the one that was judged. */
export async function addressesOf(hostname: string): Promise<Resolved[]> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolve(host, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4, class: classify(address) }));
}
