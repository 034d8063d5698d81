import { readFile } from 'node:fs/promises';

/** Bit of CAP_NET_ADMIN. Source: capabilities(7), include/uapi/linux/capability.h */
const NET_ADMIN = 12n;

/** Whether we may change the host's network: root in a container may not. */
export async function mayChangeNetwork(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  return parseEffective(status, NET_ADMIN);
}

export function parseEffective(status: string, bit: bigint): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n;
}
