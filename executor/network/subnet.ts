import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { Address4, Address6 } from 'ip-address';

export interface Subnet {
  readonly family: 4 | 6;
  /** As the kernel writes it: `10.10.0.0`. */
  readonly network: string;
  readonly prefix: number;
  readonly netmask: string;
  /** Addresses by their distance from the network's own. */
  at(offset: bigint): string;
  /** How many addresses there are. */
  readonly size: bigint;
  has(address: string): boolean;
}

const parse = (text: string) => (text.includes(':') ? new Address6(text) : new Address4(text));

/** @throws an Error with a sentence for a person */
export function parseSubnet(text: string): Subnet {
  let address: Address4 | Address6;
  try {
    address = parse(text);
  } catch {
    throw new Error(`${text} is not a subnet; write it as 10.10.0.0/24 or fd00:10::/64`);
  }
  const family = address instanceof Address4 ? 4 : 6;
  const base = address.startAddress().bigInt();
  const at = (offset: bigint): string => show(family, base + offset);
  return {
    family,
    network: at(0n),
    prefix: address.subnetMask,
    netmask: family === 4 ? new Address4(`0.0.0.0/${address.subnetMask}`).subnetMaskAddress().correctForm() : '',
    at,
    size: 1n << BigInt((family === 4 ? 32 : 128) - address.subnetMask),
    has: (other) => contains(address, other),
  };
}

const show = (family: 4 | 6, value: bigint): string =>
  (family === 4 ? Address4.fromBigInt(value) : Address6.fromBigInt(value)).correctForm();

function contains(subnet: Address4 | Address6, other: string): boolean {
  if (isIP(other) === 0) return false;
  if (subnet instanceof Address4) return isIP(other) === 4 && new Address4(other).isInSubnet(subnet);
  return isIP(other) === 6 && new Address6(other).isInSubnet(subnet);
}

/** An address as the kernel and nft write it. */
export const canonicalAddress = (text: string): string => (isIP(text) === 0 ? text : parse(text).correctForm());

export const prefixed = ({ prefix }: Subnet, address: string): string => `${address}/${prefix}`;

/** A /30 of 10.192.0.0/10 for a network that names none: always the same one for it. */
export function chosenSubnet(networkUid: string): string {
  const bits = createHash('sha256').update(`subnet/${networkUid}`).digest().readUInt32BE(0) >>> 12;
  return `${show(4, 0x0ac00000n + BigInt(bits) * 4n)}/30`;
}
