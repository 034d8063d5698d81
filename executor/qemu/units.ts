import type { Slots } from './input.ts';

/** Which places of buses without slots of their own, such as SCSI, are taken. */
export interface UnitTable {
  /** The place of a device on a bus: the one that it had before, else the first that is free. */
  unit(bus: string, id: string): number;
  /** The places given out, to keep for the next start and for what is plugged in meanwhile. */
  taken(): Slots;
}

const keyOf = (id: string): string => `unit/${id}`;

/**
 * A disk keeps its place when another one goes: to a guest it would be another disk.
 * @param ids devices that there are; the places of others are free again
 */
export function createUnits(previous: Slots, ids: readonly string[]): UnitTable {
  const taken = new Map<string, string>();
  const reserved = ids.flatMap((id) => previous[keyOf(id)] ?? []);

  function allocate(bus: string, id: string): string {
    const kept = previous[keyOf(id)];
    if (kept?.startsWith(`${bus}:`)) return kept;
    const used = new Set([...taken.values(), ...reserved]);
    let unit = 0;
    while (used.has(`${bus}:${unit}`)) unit += 1;
    return `${bus}:${unit}`;
  }

  return {
    unit(bus, id) {
      const place = taken.get(keyOf(id)) ?? allocate(bus, id);
      taken.set(keyOf(id), place);
      return Number(place.slice(place.indexOf(':') + 1));
    },
    taken: () => Object.fromEntries(taken),
  };
}
