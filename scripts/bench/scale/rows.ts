import { type Measure, measure } from '../measure.ts';
import type { Report } from './worker.ts';

const KIB = 1024;
const MIB = 1024 ** 2;

/** What a stage of so many machines in all took. */
export interface Stage {
  readonly machines: number;
  readonly ms: number;
  readonly before: Report;
  readonly after: Report;
  /** Of the executor that has a process of its own. */
  readonly single: Report;
  readonly serversCpuMs: number;
}

/** What was written of all that was asked. */
export const writesOf = ({ requests }: Report): number =>
  Object.entries(requests).reduce((sum, [key, count]) => (/^(GET|WATCH) /.test(key) ? sum : sum + count), 0);

const per = ({ before, after, machines }: Stage, value: (report: Report) => number): number =>
  (value(after) - value(before)) / machines;
const heard = ({ watched }: Report) => Object.values(watched).reduce((sum, { events }) => sum + events, 0);
const heardKiB = ({ watched }: Report) => Object.values(watched).reduce((sum, { bytes }) => sum + bytes, 0) / KIB;

/** Of each figure, what a machine of the many takes beside a machine of the few. */
export function compare(few: Stage, many: Stage, [some, all]: readonly [number, number], executors: number): Measure[] {
  const both = few.ms + many.ms;
  const name = (what: string) => `${what}, of ${all} : of ${some}`;
  const writes = Object.keys(many.after.requests).filter((key) => !/^(GET|WATCH) /.test(key));
  return [
    measure(
      `${all} machines on ${executors} executors until all run : ${all / some} times as long as ${some}`,
      's',
      both / 1000,
      (few.ms * all) / some / 1000,
    ),
    measure(name('until a machine runs'), 'ms', many.ms / many.machines, few.ms / few.machines),
    measure('writes of executors for a machine until it runs : the aim', 'requests', per(many, writesOf), 3),
    ...writes.sort().map((key) =>
      measure(
        `  ${key}, ${all} : ${some}`,
        'requests',
        per(many, ({ requests }) => requests[key] ?? 0),
        per(few, ({ requests }) => requests[key] ?? 0),
      ),
    ),
    measure(
      'events that all watches of executors bring for a machine : made, held, running',
      'events',
      per(many, heard),
      3,
    ),
    measure(name('what they weigh'), 'KiB', per(many, heardKiB), per(few, heardKiB)),
    measure(
      name("executors' processor for a machine"),
      'ms',
      per(many, ({ cpuMs }) => cpuMs),
      per(few, ({ cpuMs }) => cpuMs),
    ),
    measure(
      name("API servers' and etcd's processor for a machine"),
      'ms',
      many.serversCpuMs / many.machines,
      few.serversCpuMs / few.machines,
    ),
    measure(
      `executor with ${all / executors} machines : with ${some / executors}`,
      'MiB',
      many.single.rssBytes / MIB,
      few.single.rssBytes / MIB,
    ),
  ];
}
