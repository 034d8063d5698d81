import { parseSize } from '../../../../schemas/types/size.ts';
import type { Limit, Tuning } from './limit.ts';
import { QUOTA_FIELDS } from './quotas.ts';

/** The kernel's own default, in microseconds. */
const PERIOD = 100_000;

const [SHARES_LEAST, SHARES_MOST, WEIGHT_MOST] = [2, 262_144, 10_000];

/** The weight of cgroup v2 for shares of v1, as systemd and libvirt reckon it. */
const weightOf = (shares: number): number =>
  Math.max(1, Math.round(1 + ((shares - SHARES_LEAST) * (WEIGHT_MOST - 1)) / (SHARES_MOST - SHARES_LEAST)));

const size = (value: string | number): string => String(parseSize(value));

type Row = {
  readonly [K in keyof Tuning]?: (
    value: NonNullable<Tuning[K]>,
    tuning: Tuning,
  ) => readonly [controller: Limit['controller'], files: string | readonly string[], value: string];
};

const V1: Row = {
  cpuShares: (shares) => ['cpu', 'cpu.shares', String(Math.max(SHARES_LEAST, shares))],
  globalPeriodMicroseconds: (period) => ['cpu', 'cpu.cfs_period_us', String(period)],
  globalQuotaMicroseconds: (quota) => ['cpu', 'cpu.cfs_quota_us', String(quota)],
  memorySoftLimit: (limit) => ['memory', 'memory.soft_limit_in_bytes', size(limit)],
  memoryHardLimit: (limit) => ['memory', 'memory.limit_in_bytes', size(limit)],
  swapHardLimit: (limit) => ['memory', 'memory.memsw.limit_in_bytes', size(limit)],
  ioWeight: (weight) => ['io', ['blkio.weight', 'blkio.bfq.weight'], String(weight)],
};

const swap = (limit: string | number, hard: string | number | undefined): string =>
  String(parseSize(limit) - parseSize(hard ?? 0));

const V2: Row = {
  cpuShares: (shares) => ['cpu', 'cpu.weight', String(weightOf(shares))],
  globalQuotaMicroseconds: (quota, { globalPeriodMicroseconds = PERIOD }) => [
    'cpu',
    'cpu.max',
    `${quota < 0 ? 'max' : quota} ${globalPeriodMicroseconds}`,
  ],
  memoryGuarantee: (limit) => ['memory', 'memory.min', size(limit)],
  memorySoftLimit: (limit) => ['memory', 'memory.high', size(limit)],
  memoryHardLimit: (limit) => ['memory', 'memory.max', size(limit)],
  swapHardLimit: (limit, { memoryHardLimit }) => ['memory', 'memory.swap.max', swap(limit, memoryHardLimit)],
  ioWeight: (weight) => ['io', ['io.weight', 'io.bfq.weight'], `default ${weight}`],
};

const ROWS = { v1: V1, v2: V2 } as const;

type Entry = [
  keyof Tuning,
  (value: unknown, tuning: Tuning) => readonly [Limit['controller'], string | readonly string[], string],
];

/** Values for the files of a control group, in the order in which they can be written. Source: the kernel's cgroup-v1, cgroup-v2 */
export function limitsOf(tuning: Tuning, version: 'v1' | 'v2'): Limit[] {
  const rows = Object.entries(ROWS[version]) as unknown as Entry[];
  return rows.flatMap(([field, row]) => {
    if (tuning[field] === undefined) return [];
    const [controller, files, value] = row(tuning[field], tuning);
    return [{ field, controller, files: [files].flat(), value }];
  });
}

const THREADS: readonly (keyof Tuning)[] = ['emulatorCpus', 'emulatorPoolMin', 'emulatorPoolMax', 'schedulers'];

/** What of a tuning a node does not carry out. @param version of its control groups; nothing where it has none */
export function untuned(tuning: Tuning | undefined, version: 'v1' | 'v2' | undefined): string[] {
  const names = (Object.keys(tuning ?? {}) as (keyof Tuning)[]).filter((name) => tuning?.[name] !== undefined);
  const period = version === 'v2' && tuning?.globalQuotaMicroseconds !== undefined ? ['globalPeriodMicroseconds'] : [];
  const known: readonly string[] = [
    ...THREADS,
    ...(version ? [...Object.keys(ROWS[version]), ...QUOTA_FIELDS, 'ioDevices'] : []),
    ...period,
  ];
  return names.filter((name) => !known.includes(name)).map((name) => `spec.tuning.${name}`);
}
