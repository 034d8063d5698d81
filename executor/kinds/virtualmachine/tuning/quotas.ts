import type { Limit, Tuning } from './limit.ts';
import type { Threads } from './threads.ts';

type Part = 'vcpu' | 'emulator' | 'iothread';

/** A group below a machine's own, with some of qemu's threads. */
export interface ThreadGroup {
  /** Name of its folder. */
  readonly name: string;
  readonly threads: readonly number[];
  /** In the order in which they can be written. */
  readonly limits: readonly Limit[];
}

/** The kernel's own default, in microseconds. */
const PERIOD = 100_000;

/** The fields that speak of one kind of thread. */
const FIELDS = {
  vcpu: ['vcpuPeriodMicroseconds', 'vcpuQuotaMicroseconds'],
  emulator: ['emulatorPeriodMicroseconds', 'emulatorQuotaMicroseconds'],
  iothread: ['iothreadPeriodMicroseconds', 'iothreadQuotaMicroseconds'],
} as const satisfies Record<Part, readonly [keyof Tuning, keyof Tuning]>;

/** Fields that groups of threads carry out. */
export const QUOTA_FIELDS: readonly (keyof Tuning)[] = Object.values(FIELDS).flat();

const groupsOf = (part: Part, { vcpus, iothreads, emulator }: Threads): [string, readonly number[]][] =>
  ({
    vcpu: () => [...vcpus].map(([number, thread]): [string, number[]] => [`vcpu${number}`, [thread]]),
    emulator: (): [string, readonly number[]][] => [['emulator', emulator]],
    iothread: () => [...iothreads].map(([name, thread]): [string, number[]] => [`iothread-${name}`, [thread]]),
  })[part]();

/** Source: Documentation/scheduler/sched-bwc.rst, Documentation/admin-guide/cgroup-v2.rst (cpu.max) */
function limitsFor(part: Part, tuning: Tuning, version: 'v1' | 'v2'): Limit[] {
  const [periodField, quotaField] = FIELDS[part];
  const [period, quota] = [tuning[periodField], tuning[quotaField]];
  const one = (field: keyof Tuning, file: string, value: string): Limit => ({
    field,
    controller: 'cpu',
    files: [file],
    value,
  });
  if (version === 'v1') {
    return [
      ...(period === undefined ? [] : [one(periodField, 'cpu.cfs_period_us', String(period))]),
      ...(quota === undefined ? [] : [one(quotaField, 'cpu.cfs_quota_us', String(quota))]),
    ];
  }
  const most = quota === undefined || quota < 0 ? 'max' : String(quota);
  const given = period !== undefined || quota !== undefined;
  return given ? [one(quota === undefined ? periodField : quotaField, 'cpu.max', `${most} ${period ?? PERIOD}`)] : [];
}

/** The groups that a machine's threads get for limits of their own. Pure. */
export function threadGroups(tuning: Tuning, version: 'v1' | 'v2', threads: Threads): ThreadGroup[] {
  return (Object.keys(FIELDS) as Part[]).flatMap((part) => {
    const limits = limitsFor(part, tuning, version);
    if (limits.length === 0) return [];
    return groupsOf(part, threads)
      .filter(([, those]) => those.length > 0)
      .map(([name, those]) => ({ name, threads: those, limits }));
  });
}
