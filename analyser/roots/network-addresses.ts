const octets = (address: string): number[] => address.split('.').map(Number);

/** Length of the prefix that an IPv4 netmask stands for; undefined for a mask with holes. */
export function prefixOf(netmask: string): number | undefined {
  const bits = octets(netmask)
    .map((octet) => octet.toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) && bits.length === 32 ? bits.lastIndexOf('1') + 1 : undefined;
}

/** The netmask of a prefix. */
export const maskOf = (prefix: number): string =>
  [0, 1, 2, 3].map((index) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - index * 8)))).join('.');

/** The address of the host in a subnet of ours is its first. */
export const firstOf = (network: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = octets(network);
  return [a, b, c, d + 1].join('.');
};

/** The network that an address is in. */
export function networkOf(address: string, prefix: number): string {
  const mask = octets(maskOf(prefix));
  return octets(address)
    .map((octet, index) => octet & (mask[index] ?? 0))
    .join('.');
}
