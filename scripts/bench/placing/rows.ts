import { setTimeout as sleep } from 'node:timers/promises';
import { type Measure, measure } from '../measure.ts';
import { writesOf } from '../scale/rows.ts';
import type { Report } from '../scale/worker.ts';
import type { Worker } from '../scale/workers.ts';

/** What it took to place so many. */
export interface Round {
  readonly many: number;
  readonly ms: number;
  /** What the leader had used and said. */
  readonly before: Report;
  readonly after: Report;
  readonly serversCpuMs: number;
}

/** Events are written after the rest. */
const SETTLE_MS = 700;
const MIB = 1024 ** 2;

/** What the leader has said once it is silent. */
export async function settled(leader: Worker): Promise<Report> {
  for (let last = await leader.report(); ; ) {
    await sleep(SETTLE_MS);
    const now = await leader.report();
    if (writesOf(now) === writesOf(last)) return now;
    last = now;
  }
}

const sum = (rounds: readonly Round[], value: (round: Round) => number): number =>
  rounds.reduce((all, round) => all + value(round), 0);

/** Of each of so many, what the leader did. */
const each = (rounds: readonly Round[], value: (report: Report) => number): number =>
  sum(rounds, ({ before, after }) => value(after) - value(before)) / sum(rounds, ({ many }) => many);

const perSecond = (rounds: readonly Round[]): number =>
  (1000 * sum(rounds, ({ many }) => many)) / sum(rounds, ({ ms }) => ms);
const serversMs = (rounds: readonly Round[]): number =>
  sum(rounds, ({ serversCpuMs }) => serversCpuMs) / sum(rounds, ({ many }) => many);

/** Reservation, binding, event: what a machine cannot be placed without. */
const AIM = 3;

export function compare(machines: readonly Round[], pods: readonly Round[], nodes: number): Measure[] {
  const requests = machines.at(-1)?.after.requests ?? {};
  const writes = Object.keys(requests).filter((key) => !/^(GET|WATCH) /.test(key));
  return [
    measure(
      `machines placed on ${nodes} nodes : bare pods by the same kube-scheduler`,
      'placed/s',
      perSecond(machines),
      perSecond(pods),
    ),
    measure('writes of the leader for a machine that is placed : the aim', 'requests', each(machines, writesOf), AIM),
    ...writes.sort().map((key) => {
      const of = each(machines, (report) => report.requests[key] ?? 0);
      return measure(`  ${key}`, 'requests', of, of);
    }),
    measure(
      "leader's processor for a machine : for a pod that is not its own",
      'ms',
      each(machines, ({ cpuMs }) => cpuMs),
      each(pods, ({ cpuMs }) => cpuMs),
    ),
    measure("servers' processor for a machine : for a pod", 'ms', serversMs(machines), serversMs(pods)),
    measure(
      `leader after ${sum(machines, ({ many }) => many)} machines : before`,
      'MiB',
      (machines.at(-1)?.after.rssBytes ?? 0) / MIB,
      (pods[0]?.before.rssBytes ?? 0) / MIB,
    ),
  ];
}
