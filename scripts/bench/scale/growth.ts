import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../../schemas/client/client.ts';
import { resourceOf } from '../../../schemas/client/paths.ts';
import { API_VERSION } from '../../../schemas/kinds/define.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Cluster } from '../../../test/cluster/servers.ts';
import { type Measure, measure, time } from '../measure.ts';
import type { Fleet } from './fleet.ts';
import { cpuMs } from './processes.ts';
import type { Report } from './worker.ts';

const TYPE = resourceOf(kinds.VirtualMachine);
/** As many are created at a time as `kubectl apply` by several people would. */
const AT_ONCE = 16;
/** Events are written after the status. */
const SETTLE_MS = 500;
const KIB = 1024;
const MIB = 1024 ** 2;

/** What a stage of so many machines in all took. */
interface Stage {
  readonly machines: number;
  readonly ms: number;
  readonly before: Report;
  readonly after: Report;
  /** Of the executor that has a process of its own. */
  readonly single: Report;
  readonly serversCpuMs: number;
}

const machine = (name: string, nodeName: string) => ({
  apiVersion: API_VERSION,
  kind: 'VirtualMachine',
  metadata: { name, namespace: 'default' },
  spec: { nodeName, memory: { size: '64Mi' } },
});

async function create(client: ApiClient, names: readonly string[], nodes: readonly string[]): Promise<void> {
  const waiting = [...names.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await client.create(TYPE, machine(next[1], nodes[next[0] % nodes.length] ?? ''));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Counts the machines that run, on one watch over all; the promise settles when there are so many. */
function counting(client: ApiClient, from: string): { until(count: number): Promise<void>; close(): void } {
  const running = new Set<string>();
  const abort = new AbortController();
  let wake = () => {};
  const follow = async () => {
    const query = { resourceVersion: from };
    for await (const { type, object } of client.watch<VirtualMachine>(TYPE, undefined, {
      query,
      signal: abort.signal,
    })) {
      if (type === 'BOOKMARK' || object.status?.powerState !== 'Running') continue;
      running.add(object.metadata.name);
      wake();
    }
  };
  const failed = follow().then(
    () => Promise.reject(new Error('the watch over all machines ended')),
    (error) => Promise.reject(error),
  );
  failed.catch(() => {});
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      wake = () => running.size >= count && resolve();
      wake();
    });
  return { until: (count) => Promise.race([until(count), failed]), close: () => abort.abort() };
}

const writesOf = ({ requests }: Report): number =>
  Object.entries(requests).reduce((sum, [key, count]) => (/^(GET|WATCH) /.test(key) ? sum : sum + count), 0);

/** What the executors have said once they are silent. */
async function settled(fleet: Fleet): Promise<Report> {
  for (let last = await fleet.total(); ; ) {
    await sleep(SETTLE_MS);
    const now = await fleet.total();
    if (writesOf(now) === writesOf(last)) return now;
    last = now;
  }
}

/** Machines by the thousand on real API servers: first some, then as many more as make `sizes[1]` in all. */
export async function growth(
  cluster: Cluster,
  client: ApiClient,
  fleet: Fleet,
  sizes: readonly [number, number],
): Promise<Measure[]> {
  const { metadata } = await client.list(TYPE, undefined, { query: { limit: 1 } });
  const count = counting(client, metadata.resourceVersion);
  const serversCpu = () => cluster.processes.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  const stage = async (from: number, to: number): Promise<Stage> => {
    const [before, cpu] = [await fleet.total(), serversCpu()];
    const names = Array.from({ length: to - from }, (_, index) => `m${from + index}`);
    const ms = await time(async () => {
      await Promise.all([create(client, names, fleet.nodes), count.until(to)]);
    });
    const after = await settled(fleet);
    const single = await fleet.single();
    return { machines: to - from, ms, before, after, single, serversCpuMs: serversCpu() - cpu };
  };
  try {
    const few = await stage(0, sizes[0]);
    const many = await stage(sizes[0], sizes[1]);
    return compare(few, many, sizes, fleet.nodes.length);
  } finally {
    count.close();
  }
}

const per = ({ before, after, machines }: Stage, value: (report: Report) => number): number =>
  (value(after) - value(before)) / machines;
const heard = ({ watched }: Report) => Object.values(watched).reduce((sum, { events }) => sum + events, 0);
const heardKiB = ({ watched }: Report) => Object.values(watched).reduce((sum, { bytes }) => sum + bytes, 0) / KIB;

function compare(few: Stage, many: Stage, [some, all]: readonly [number, number], executors: number): Measure[] {
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
