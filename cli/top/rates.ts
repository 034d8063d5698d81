import type { Sample, Stats } from './sample.ts';

/** One machine between two looks; what cannot be known yet, or not at all, is absent. */
export interface Load {
  readonly namespace: string;
  readonly name: string;
  readonly power: string;
  /** Processors in use: 1.5 is one and a half. */
  readonly cpu?: number;
  readonly cpus?: number;
  readonly residentBytes?: number;
  readonly memoryBytes?: number;
  /** Bytes per second. */
  readonly read?: number;
  readonly written?: number;
  readonly received?: number;
  readonly sent?: number;
}

const sum = <T>(list: readonly T[], value: (item: T) => number): number =>
  list.reduce((total, item) => total + value(item), 0);

/** Growth per second; a counter that began anew, because the machine was restarted, has none yet. */
function rate(before: Stats, after: Stats, value: (stats: Stats) => number): number | undefined {
  const seconds = (after.time - before.time) / 1000;
  const growth = value(after) - value(before);
  return seconds > 0 && growth >= 0 ? growth / seconds : undefined;
}

const COUNTERS = {
  cpu: (stats) => stats.cpuSeconds,
  read: (stats) => sum(stats.disks, (disk) => disk.readBytes),
  written: (stats) => sum(stats.disks, (disk) => disk.writtenBytes),
  received: (stats) => sum(stats.interfaces, (nic) => nic.receivedBytes),
  sent: (stats) => sum(stats.interfaces, (nic) => nic.sentBytes),
} satisfies Record<string, (stats: Stats) => number>;

type Counter = keyof typeof COUNTERS;

function rates(before: Stats | undefined, after: Stats): Partial<Record<Counter, number>> {
  if (!before) return {};
  const isKnown = (counter: Counter) => after.interfaces.length > 0 || (counter !== 'received' && counter !== 'sent');
  const entries = (Object.keys(COUNTERS) as Counter[]).filter(isKnown).flatMap((counter) => {
    const value = rate(before, after, COUNTERS[counter]);
    return value === undefined ? [] : [[counter, value] as const];
  });
  return Object.fromEntries(entries);
}

/** What happened between two looks. Pure. */
export function loads(before: readonly Sample[], after: readonly Sample[]): Load[] {
  const key = ({ namespace, name }: Sample) => `${namespace}/${name}`;
  const earlier = new Map(before.map((item) => [key(item), item.stats]));
  return after.map((item) => {
    const { namespace, name, power, stats } = item;
    if (!stats) return { namespace, name, power };
    const { cpus, residentBytes, memoryBytes } = stats;
    return { namespace, name, power, cpus, residentBytes, memoryBytes, ...rates(earlier.get(key(item)), stats) };
  });
}

/** What can be sorted by, with the key that does. */
export const ORDERS = {
  cpu: { key: 'c', value: (load) => load.cpu ?? -1 },
  memory: { key: 'm', value: (load) => load.residentBytes ?? -1 },
  disk: { key: 'd', value: (load) => (load.read ?? -1) + (load.written ?? 0) },
  network: { key: 'n', value: (load) => (load.received ?? -1) + (load.sent ?? 0) },
  name: { key: 'a', value: () => 0 },
} satisfies Record<string, { key: string; value: (load: Load) => number }>;

export type Order = keyof typeof ORDERS;

/** The most first; alike, or by name, in the order of the alphabet. */
export function sorted(list: readonly Load[], order: Order): Load[] {
  const { value } = ORDERS[order];
  const name = (load: Load) => `${load.namespace}/${load.name}`;
  return list.toSorted((a, b) => value(b) - value(a) || name(a).localeCompare(name(b)));
}
