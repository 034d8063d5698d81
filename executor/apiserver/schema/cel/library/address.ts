import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as a number of its family's width. */
export class Ip {
  readonly family: 4 | 6;
  readonly value: bigint;

  constructor(family: 4 | 6, value: bigint) {
    this.family = family;
    this.value = value;
  }

  get width(): number {
    return this.family === 4 ? 32 : 128;
  }

  equals(other: Ip): boolean {
    return this.family === other.family && this.value === other.value;
  }

  isUnspecified(): boolean {
    return this.value === 0n;
  }

  isLoopback(): boolean {
    return this.family === 4 ? this.value >> 24n === 127n : this.value === 1n;
  }

  isLinkLocalUnicast(): boolean {
    return this.family === 4 ? this.value >> 16n === 0xa9fen : this.value >> 118n === 0x3fan;
  }

  isLinkLocalMulticast(): boolean {
    return this.family === 4 ? this.value >> 8n === 0xe00000n : this.value >> 112n === 0xff02n;
  }

  isMulticast(): boolean {
    return this.family === 4 ? this.value >> 28n === 0xen : this.value >> 120n === 0xffn;
  }

  isGlobalUnicast(): boolean {
    const broadcast = this.family === 4 && this.value === 0xffffffffn;
    return (
      !broadcast &&
      ![this.isUnspecified(), this.isLoopback(), this.isMulticast(), this.isLinkLocalUnicast()].includes(true)
    );
  }

  toString(): string {
    return this.family === 4 ? printV4(this.value) : printV6(this.value);
  }
}

/** A range of addresses, with the address that it was written with. */
export class Cidr {
  readonly ip: Ip;
  readonly bits: number;

  constructor(ip: Ip, bits: number) {
    this.ip = ip;
    this.bits = bits;
  }

  private prefixOf(ip: Ip): bigint {
    return ip.value >> BigInt(ip.width - this.bits);
  }

  containsIp(ip: Ip): boolean {
    return ip.family === this.ip.family && this.prefixOf(ip) === this.prefixOf(this.ip);
  }

  containsCidr(other: Cidr): boolean {
    return other.bits >= this.bits && this.containsIp(other.ip);
  }

  masked(): Cidr {
    const shift = BigInt(this.ip.width - this.bits);
    return new Cidr(new Ip(this.ip.family, (this.ip.value >> shift) << shift), this.bits);
  }

  toString(): string {
    return `${this.ip}/${this.bits}`;
  }
}

/** Reads an address; no zone, no IPv4 in IPv6, no leading zeros, as Kubernetes wants it. */
export function parseIp(text: string): Ip | undefined {
  if (isIPv4(text))
    return new Ip(
      4,
      text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n),
    );
  if (!isIPv6(text) || text.includes('%') || text.includes('.')) return undefined;
  const [head = '', tail] = text.split('::');
  const left = groups(head);
  const right = groups(tail ?? '');
  const all = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return new Ip(
    6,
    all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n),
  );
}

export function parseCidr(text: string): Cidr | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  if (!ip || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > ip.width) return undefined;
  return new Cidr(ip, Number(bits));
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function printV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
}

/** RFC 5952: the longest run of zeros, if of two or more, becomes `::`. */
function printV6(value: bigint): string {
  const parts = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const runs = [
    ...parts
      .map((part) => (part === '0' ? '0' : '1'))
      .join('')
      .matchAll(/00+/g),
  ];
  const [longest] = runs.toSorted((a, b) => b[0].length - a[0].length || a.index - b.index);
  if (!longest) return parts.join(':');
  return `${parts.slice(0, longest.index).join(':')}::${parts.slice(longest.index + longest[0].length).join(':')}`;
}
