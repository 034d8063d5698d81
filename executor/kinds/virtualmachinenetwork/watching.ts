import type { Lease } from '../../network/dnsmasq/leases.ts';
import type { ObservedNetwork } from './observe.ts';

/** A guest that was just started is expected to show its address: the kernel notes it, and nobody is told. */
const SOON_MS = 1000;
const EXPECTED_MS = 10 * 60_000;
/** One that has shown none by then may have none. */
const SELDOM_MS = 10_000;

/** When to look again: often while guests are expected to show their addresses. Pure. */
export function nextLook(
  { members, sightings, host }: Pick<ObservedNetwork, 'members' | 'sightings' | 'host'>,
  leases: readonly Lease[],
  now: number,
  resyncMs: number,
): number {
  const known = new Set([...leases, ...sightings].map(({ macAddress }) => macAddress));
  const taps = new Set(host.taps.map(({ name }) => name));
  const silent = members.filter(({ tap, macAddress }) => taps.has(tap) && !known.has(macAddress));
  if (silent.length === 0) return resyncMs;
  const young = silent.some(({ startedAt }) => startedAt !== undefined && now - Date.parse(startedAt) < EXPECTED_MS);
  return young ? SOON_MS : SELDOM_MS;
}
