import { API_VERSION } from '../../../../schemas/kinds/define.ts';
import type { VirtualMachineSnapshot } from '../../../../schemas/kinds/snapshot.ts';
import type {
  VirtualMachine,
  VirtualMachineSpec,
  VirtualMachineStatus,
} from '../../../../schemas/kinds/virtual-machine.ts';
import { expendable } from '../../../storage/backup/index.ts';

export type Schedule = NonNullable<VirtualMachineSpec['snapshotSchedule']>;
export type Standing = NonNullable<VirtualMachineStatus['snapshotSchedule']>;

/** Says whose schedule made a snapshot, by the uid of the machine: they are told from those that people took, which are never deleted by it. */
export const SCHEDULE_LABEL = 'vmctl.dev/schedule-of';

/** The times of a schedule, in milliseconds since the epoch; nothing where there is none. */
export interface Clock {
  /** The first after a moment. */
  next(after: number): number | undefined;
}

export interface Seen {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the schedule has made. */
  readonly made: readonly VirtualMachineSnapshot[];
}

export interface SchedulePlan {
  readonly create?: Pick<VirtualMachineSnapshot, 'apiVersion' | 'kind' | 'metadata'> & { readonly spec: object };
  /** Names of those that are not kept. */
  readonly remove: readonly string[];
  readonly standing: Standing;
}

const secondsOf = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.[0-9]+Z$/, 'Z');

/**
 * What a schedule asks for now. After a time that nobody was there to meet, one is taken, not one for each; one that takes longer than
 * the time between two is not overtaken. Pure.
 */
export function planSchedule(
  machine: VirtualMachine,
  schedule: Schedule,
  clock: Clock,
  { now, made }: Seen,
): SchedulePlan {
  const before = machine.status?.snapshotSchedule;
  const since = before?.cron === schedule.cron ? Date.parse(before.lastTime) : now;
  const remove = expendable(made.map(summarise), schedule.keep);
  const stand = (last: number, message?: string): Standing => {
    const next = clock.next(Math.max(last, now));
    return {
      cron: schedule.cron,
      lastTime: secondsOf(last),
      ...(next !== undefined && { nextTime: secondsOf(next) }),
      ...(message !== undefined && { message }),
    };
  };
  if (schedule.suspend) return { remove, standing: stand(since, 'spec.snapshotSchedule.suspend is set') };
  const due = latestDue(clock, since, now);
  if (due === undefined) return { remove, standing: stand(since) };
  const busy = made.find(
    ({ status, metadata }) => metadata.deletionTimestamp === undefined && isUnderWay(status?.phase),
  );
  if (busy) return { remove, standing: stand(since, `${busy.metadata.name} is not done yet`) };
  return { remove, create: draft(machine, schedule, due, made), standing: stand(due) };
}

const isUnderWay = (phase: string | undefined): boolean =>
  phase === undefined || phase === 'Pending' || phase === 'Taking';

/** More times than this were missed only if nobody was there for long. */
const MOST_MISSED = 100_000;

function latestDue(clock: Clock, since: number, now: number): number | undefined {
  let due: number | undefined;
  for (let missed = 0; missed < MOST_MISSED; missed += 1) {
    const next = clock.next(due ?? since);
    if (next === undefined || next > now) return due;
    due = next;
  }
  return due;
}

function summarise({ metadata, status }: VirtualMachineSnapshot) {
  const { base } = status?.backup ?? {};
  return {
    name: metadata.name,
    takenAt: Date.parse(status?.takenAt ?? metadata.creationTimestamp ?? '1970-01-01T00:00:00Z'),
    good: status?.ready === true,
    failed: status?.phase === 'Failed',
    ...(base !== undefined && { base }),
  };
}

/** A name of an object has at most 253 characters. */
const LONGEST_NAME = 200;

/** Named by its time, so that it is made once however often this is planned. */
function draft(machine: VirtualMachine, schedule: Schedule, due: number, made: readonly VirtualMachineSnapshot[]) {
  const { name, namespace = 'default', uid = '' } = machine.metadata;
  const stamp = new Date(due)
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .toLowerCase()
    .replace('t', '-');
  const { quiesce, memory, method, disks, backup } = schedule;
  const what = backup ? { backup: { pool: backup.pool, mode: modeOf(backup, made) } } : { memory, method };
  return {
    apiVersion: API_VERSION,
    kind: 'VirtualMachineSnapshot',
    metadata: { name: `${name.slice(0, LONGEST_NAME)}-${stamp}`, namespace, labels: { [SCHEDULE_LABEL]: uid } },
    spec: { virtualMachine: { name }, quiesce, ...(disks && { disks }), ...what },
  };
}

function modeOf(
  { pool, fullEvery }: NonNullable<Schedule['backup']>,
  made: readonly VirtualMachineSnapshot[],
): 'Auto' | 'Full' {
  const whole = made
    .filter(({ spec, status }) => spec.backup?.pool === pool && status?.ready)
    .toSorted((a, b) => (b.status?.takenAt ?? '').localeCompare(a.status?.takenAt ?? ''));
  const since = whole.findIndex(({ status }) => status?.backup?.type === 'Full');
  return since >= 0 && since + 1 >= fullEvery ? 'Full' : 'Auto';
}
