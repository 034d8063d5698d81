import type { Family } from './board.ts';
import type { Slots } from './input.ts';
import { device } from './options.ts';
import { Refusal } from './refusal.ts';

export type Place = 'port' | 'board';
export interface PciPlace {
  readonly bus: string;
  readonly addr: string;
}

/** Which places of a board are taken. */
export interface SlotTable {
  place(id: string, place: Place): PciPlace;
  /** The places given out, to keep for the next start. */
  taken(): Slots;
  /** The bridges and ports that those places need: before the devices on the command line. */
  controllers(): string[];
}

/** Free ports that a running machine has for what is plugged in later. */
const SPARE_PORTS = 4;
const FUNCTIONS = 8;

interface Layout {
  /** How a place is found on the bus; `undefined` beyond the last. */
  readonly board: readonly number[];
  readonly ports: readonly number[];
}

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/**
 * Slot 0 is the host bridge, slot 1 the first graphics card on q35 and the ISA bridge on pc (the card is at 2 there), as
 * every guest expects them; 0x1f on q35 is the chipset's. A slot for ports carries eight of them, one a function.
 */
const LAYOUTS = {
  q35: { board: [...range(0x02, 0x0f), ...range(0x1c, 0x1e)], ports: range(0x10, 0x1b) },
  pc: { board: range(0x03, 0x1f), ports: [] },
} satisfies Record<Family, Layout>;

const hex = (value: number): string => `0x${value.toString(16)}`;

export function createSlots(family: Family, previous: Slots): SlotTable {
  const layout = LAYOUTS[family];
  const taken = new Map<string, string>();
  const reserved = new Set(Object.values(previous));
  const places = {
    board: layout.board.map((slot) => `board:${slot}`),
    port: range(0, layout.ports.length * FUNCTIONS - 1).map((port) => `port:${port}`),
  };

  function allocate(id: string, place: Place): string {
    const candidates = places[family === 'pc' ? 'board' : place];
    const used = new Set(taken.values());
    const kept = previous[id];
    if (kept !== undefined && candidates.includes(kept) && !used.has(kept)) return kept;
    const free = candidates.filter((candidate) => !used.has(candidate));
    const found = free.find((candidate) => !reserved.has(candidate)) ?? free[0];
    if (found !== undefined) return found;
    throw new Refusal(
      'TooManyDevices',
      'spec',
      `the board ${family} has no room for ${id}; remove a device or use q35`,
    );
  }

  return {
    place(id, place) {
      const found = taken.get(id) ?? allocate(id, place);
      taken.set(id, found);
      return family === 'pc' ? { bus: 'pci.0', addr: hex(numberOf(found)) } : onQ35(found);
    },
    taken: () => Object.fromEntries(taken),
    controllers: () => (family === 'pc' ? [] : rootPorts([...taken.values()])),
  };
}

const numberOf = (place: string): number => Number(place.slice(place.indexOf(':') + 1));

const onQ35 = (place: string): PciPlace =>
  place.startsWith('port:')
    ? { bus: `port${numberOf(place)}`, addr: '0x0' }
    : { bus: 'pcie.0', addr: hex(numberOf(place)) };

/** Ports up to the last one taken and some more: function 0 of a slot must be there for the others to be seen. */
function rootPorts(taken: readonly string[]): string[] {
  const last = Math.max(-1, ...taken.filter((place) => place.startsWith('port:')).map(numberOf));
  const count = Math.min(last + 1 + SPARE_PORTS, LAYOUTS.q35.ports.length * FUNCTIONS);
  return range(0, count - 1).flatMap((port) =>
    device({
      driver: 'pcie-root-port',
      id: `port${port}`,
      bus: 'pcie.0',
      addr: `${hex(LAYOUTS.q35.ports[Math.floor(port / FUNCTIONS)] ?? 0)}.${hex(port % FUNCTIONS)}`,
      chassis: port + 1,
      multifunction: port % FUNCTIONS === 0,
    }),
  );
}
