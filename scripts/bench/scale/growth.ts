import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../../schemas/client/client.ts';
import { resourceOf } from '../../../schemas/client/paths.ts';
import { API_VERSION } from '../../../schemas/kinds/define.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { Cluster } from '../../../test/cluster/servers.ts';
import { type Measure, time } from '../measure.ts';
import type { Fleet } from './fleet.ts';
import { cpuMs } from './processes.ts';
import { compare, type Stage, writesOf } from './rows.ts';
import { countRunning } from './running.ts';
import type { Report } from './worker.ts';

const TYPE = resourceOf(kinds.VirtualMachine);
/** As many are created at a time as `kubectl apply` by several people would. */
const AT_ONCE = 16;
/** Events are written after the status. */
const SETTLE_MS = 500;

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
  const count = await countRunning(client);
  const serversCpu = () => cluster.processes.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  const stage = async (from: number, to: number): Promise<Stage> => {
    const [before, cpu] = [await fleet.total(), serversCpu()];
    const names = Array.from({ length: to - from }, (_, index) => `m${from + index}`);
    const ms = await time(async () => {
      await Promise.all([create(client, names, fleet.nodes), count.until(to)]);
    });
    console.error(`  ${to} machines run; the last ${to - from} took ${(ms / 1000).toFixed(1)} s`);
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
