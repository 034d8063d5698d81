import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createClient } from '../../../schemas/client/client.ts';
import { core, type ResourceType, resourceOf } from '../../../schemas/client/paths.ts';
import { API_VERSION } from '../../../schemas/kinds/define.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import type { Cluster } from '../../../test/cluster/servers.ts';
import { missingServers } from '../../cluster/binaries.ts';
import { type Measure, time } from '../measure.ts';
import { startWithCrds } from '../scale/cluster.ts';
import { cpuMs } from '../scale/processes.ts';
import { buildWorker, Worker } from '../scale/workers.ts';
import { type Count, countPlaced } from './count.ts';
import { makeNodes } from './nodes.ts';
import { compare, type Round, settled } from './rows.ts';

const NODES = 100;
const MACHINES = 1000;
const WARM_UP = 20;
/** As many are created at a time as `kubectl apply` by several people would. */
const AT_ONCE = 16;

/** What is placed, and where it is created. */
interface Subject {
  readonly client: ApiClient;
  readonly type: ResourceType;
  readonly count: Count;
  make(name: string): KubeObject;
}

const meta = (name: string) => ({ name, namespace: 'default' });

const machine = (name: string): KubeObject =>
  ({
    apiVersion: API_VERSION,
    kind: 'VirtualMachine',
    metadata: meta(name),
    spec: { memory: { size: '64Mi' } },
  }) as KubeObject;

/** A pod that asks for as much, in the form of a reservation. */
function pod(name: string): KubeObject {
  const resources = { requests: { cpu: '1', memory: '64Mi' } };
  const spec = {
    nodeSelector: { 'vmctl.dev/executor': 'true' },
    automountServiceAccountToken: false,
    containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10', resources }],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: meta(name), spec } as KubeObject;
}

/** Creates the objects from one number up to another, and waits until all have a node. */
async function place({ client, type, count, make }: Subject, from: number, to: number): Promise<void> {
  let next = from;
  const work = async () => {
    while (next < to) {
      const index = next;
      next += 1;
      await client.create(type, make(`bench-${index}`));
    }
  };
  await Promise.all([count.until(to), ...Array.from({ length: AT_ONCE }, work)]);
}

/** `VMCTL_BENCH_PLACING=200`: as many machines, and pods, in each of two rounds. */
async function measureOn(cluster: Cluster, leader: Worker, many: number): Promise<Measure[]> {
  const [ofCore, ofKinds] = [createClient(cluster.core.transport), createClient(cluster.crds.transport)];
  const machines = resourceOf(kinds.VirtualMachine);
  const subject = async (client: ApiClient, type: ResourceType, make: Subject['make']): Promise<Subject> => ({
    ...{ client, type, make, count: await countPlaced(client, type, 'bench-') },
  });
  const [ours, bare] = [await subject(ofKinds, machines, machine), await subject(ofCore, core('pods'), pod)];
  const serversCpu = () => cluster.processes.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  const round = async (what: Subject, from: number): Promise<Round> => {
    const [before, cpu] = [await leader.report(), serversCpu()];
    const ms = await time(() => place(what, from, from + many));
    const after = await settled(leader);
    console.error(`  ${many} ${what.type.plural} placed in ${(ms / 1000).toFixed(1)} s`);
    return { many, ms, before, after, serversCpuMs: serversCpu() - cpu };
  };
  for (const what of [bare, ours]) await place(what, 0, WARM_UP);
  await settled(leader);
  // What is there already slows both down: each comes first once.
  const first = WARM_UP + many;
  const [a, b, c, d] = [
    await round(bare, WARM_UP),
    await round(ours, WARM_UP),
    await round(ours, first),
    await round(bare, first),
  ];
  for (const { count } of [ours, bare]) count.close();
  return compare([b, c], [a, d], NODES);
}

/** Machines without a node, placed by kube-scheduler through their reservations, against as many bare pods. */
export async function placing(): Promise<Measure[]> {
  const missing = missingServers(['kube-scheduler']);
  if (missing) {
    console.error(`skipped placing, which needs a real scheduler: ${missing}`);
    return [];
  }
  const many = Number(process.env['VMCTL_BENCH_PLACING'] ?? MACHINES);
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-placing-'));
  try {
    const file = await buildWorker(folder);
    await using cluster = await startWithCrds({ scheduler: 'unlimited' });
    await makeNodes(createClient(cluster.core.transport), NODES);
    const endpoints = { core: cluster.core.transport.endpoint, crds: cluster.crds.transport.endpoint };
    await using leader = await Worker.start(file, { role: 'leader', endpoints });
    return await measureOn(cluster, leader, many);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
