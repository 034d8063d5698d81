import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../host/run.ts';

const PAUSE_MS = 20;
const ATTEMPTS = 50;

/** The MAC address in `/proc/net/arp` of an IPv4 neighbour; all zeros mean that nobody has answered yet. */
export function arpEntry(table: string, address: string): string | undefined {
  const fields = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([ip]) => ip === address);
  const mac = fields?.[3]?.toLowerCase();
  return mac === '00:00:00:00:00:00' ? undefined : mac;
}

async function linkAddress(address: string): Promise<string | undefined> {
  if (isIPv4(address)) return arpEntry(await readFile('/proc/net/arp', 'utf8'), address);
  const entries = JSON.parse((await run('ip', ['-j', '-6', 'neigh', 'show', 'to', address])) || '[]') as {
    lladdr?: string;
  }[];
  return entries.find(({ lladdr }) => lladdr !== undefined)?.lladdr?.toLowerCase();
}

const isOurOwn = (address: string): boolean =>
  Object.values(networkInterfaces()).some((list) => list?.some((own) => own.address === address));

/**
 * Whether what answers at an address is the guest's own card. What a guest says of its addresses is not to be believed:
 * one that claims the address of another host would have this node connect there for whoever may reach the guest.
 */
export async function isGuest(address: string, macAddress: string): Promise<boolean> {
  if (isOurOwn(address)) return false;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const mac = await linkAddress(address);
    if (mac !== undefined) return mac === macAddress.toLowerCase();
    await sleep(PAUSE_MS);
  }
  return false;
}
