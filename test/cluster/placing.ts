import { setTimeout as sleep } from 'node:timers/promises';
import { leadCluster } from '../../executor/cluster/controllers.ts';
import { NODES } from '../../executor/cluster/fenced.ts';
import { PODS } from '../../executor/cluster/placement/apply.ts';
import { type Pod, RESERVATION_LABEL } from '../../executor/cluster/placement/pod.ts';
import { createLog } from '../../executor/controller/log.ts';
import type { Events } from '../../executor/controller/types.ts';
import { readKubeconfig } from '../../executor/daemon/kubeconfig.ts';
import { EXECUTOR_LABEL } from '../../executor/daemon/node-object.ts';
import { type ApiClient, createClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { core, resourceOf } from '../../schemas/client/paths.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { type Kind, kindNames } from '../../schemas/kinds/names.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { applyCrd, established, readCrds } from './crds.ts';
import { type Cluster, type ClusterOptions, startCluster } from './servers.ts';

const WAIT_MS = 100_000;
const LOOK_MS = 50;
const HEARTBEAT_MS = 10_000;

export const QUIET = process.env['VMCTL_TEST_LOG'] ? createLog() : { info: () => {}, warn: () => {}, error: () => {} };

export interface RecordedEvent {
  readonly object: string;
  readonly reason: string;
}

/** A control plane with our kinds, and what tests of placement do with it. */
export interface Plane extends AsyncDisposable {
  readonly cluster: Cluster;
  /** Core kinds and ours behind one address. */
  readonly client: ApiClient;
  /** A node without a kubelet, kept ready. */
  node(name: string, more?: { cpu?: string; memory?: string; labels?: object; taints?: object[] }): Promise<void>;
  create(kind: Kind, name: string, spec: object, metadata?: object): Promise<void>;
  patch(kind: Kind, name: string, patch: object): Promise<VirtualMachine>;
  remove(kind: Kind, name: string): Promise<void>;
  machine(name: string): Promise<VirtualMachine | undefined>;
  /** Waits for a machine to be so. */
  until(name: string, holds: (machine: VirtualMachine) => unknown, limitMs?: number): Promise<VirtualMachine>;
  /** The reservation of a machine. */
  pod(machine: VirtualMachine): Promise<Pod | undefined>;
}

/** Looks again and again: the deadline only ends a test that has failed. */
export async function wait<T>(look: () => Promise<T>, holds: (value: T) => unknown, limitMs = WAIT_MS): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (performance.now() > end) throw new Error(`it never was so; it is ${JSON.stringify(value, null, 1)}`);
    await sleep(LOOK_MS);
  }
}

export async function startPlane(options: ClusterOptions = {}): Promise<Plane> {
  const cluster = await startCluster(options);
  for (const crd of readCrds()) await applyCrd(cluster.crds, crd);
  for (const crd of readCrds()) await established(cluster.crds, crd.metadata.name);
  const client = createClient(createTransport(await readKubeconfig(cluster.kubeconfig)));
  for (const name of ['vmctl-system', 'kube-node-lease']) await namespace(client, name);
  const timers: NodeJS.Timeout[] = [];
  const target = (kind: Kind, name: string) =>
    kindNames[kind].scope === 'Namespaced' ? { namespace: 'default', name } : { name };
  const plane: Plane = {
    cluster,
    client,
    node: (name, more = {}) => makeNode(client, name, more, timers),
    create: async (kind, name, spec, metadata = {}) => {
      const object = { apiVersion: API_VERSION, kind, metadata: { ...target(kind, name), ...metadata }, spec };
      await client.create(resourceOf(kindNames[kind]), object);
    },
    patch: (kind, name, patch) => client.patch(resourceOf(kindNames[kind]), target(kind, name), patch),
    remove: async (kind, name) => void (await client.delete(resourceOf(kindNames[kind]), target(kind, name))),
    machine: (name) =>
      found(client.get<VirtualMachine>(resourceOf(kindNames.VirtualMachine), { namespace: 'default', name })),
    until: async (name, holds, limitMs) =>
      (await wait(
        () => plane.machine(name),
        (machine) => machine && holds(machine),
        limitMs,
      )) as VirtualMachine,
    pod: async ({ metadata }) => {
      const query = { labelSelector: `${RESERVATION_LABEL}=${metadata.uid}` };
      return (await client.list<Pod>(PODS, 'default', { query })).items[0];
    },
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearInterval(timer);
      client.transport.close();
      await cluster[Symbol.asyncDispose]();
    },
  };
  return plane;
}

async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** kube-controller-manager may have been the first. */
const namespace = (client: ApiClient, name: string): Promise<unknown> =>
  client
    .create(core('namespaces', false), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    .catch(() => undefined);

type NodeOptions = NonNullable<Parameters<Plane['node']>[1]>;

async function makeNode(client: ApiClient, name: string, more: NodeOptions, timers: NodeJS.Timeout[]): Promise<void> {
  const { cpu = '8', memory = '8Gi', labels, taints = [] } = more;
  const amounts = { cpu, memory, pods: '100' };
  const metadata = { name, labels: { 'kubernetes.io/hostname': name, [EXECUTOR_LABEL]: 'true', ...labels } };
  await client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata, spec: { taints } } as KubeObject);
  const beat = () => {
    const lastHeartbeatTime = new Date().toISOString().replace(/\.\d+/, '');
    const ready = { type: 'Ready', status: 'True', reason: 'Test', message: 'as told', lastHeartbeatTime };
    const status = { capacity: amounts, allocatable: amounts, conditions: [ready] };
    return client.patch(NODES, { name, subresource: 'status' }, { status });
  };
  await beat();
  timers.push(setInterval(() => void beat().catch(() => {}), HEARTBEAT_MS));
  type Tainted = KubeObject & { spec?: { taints?: { key: string }[] } };
  await wait(
    () => client.get<Tainted>(NODES, { name }),
    ({ spec }) => !spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/not-ready'),
  );
}

/** The elected controllers, in this process. @returns what ends them */
export async function lead(plane: Plane, recorded: RecordedEvent[] = []): Promise<() => Promise<void>> {
  const events: Events = { record: ({ metadata }, _, reason) => void recorded.push({ object: metadata.name, reason }) };
  const election = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2000 };
  const options = { election, nodeLeaseSeconds: 3600, pauseImage: 'registry.k8s.io/pause:3.10' };
  const term = leadCluster({ client: plane.client, events, log: QUIET, options });
  await term.ready;
  return term.close;
}
