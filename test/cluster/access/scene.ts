import { mkdtempSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ACCESS_API_SERVICE } from '../../../schemas/cluster.ts';
import type { Person } from '../../e2e/access.ts';
import { run, VMCTL } from '../../e2e/cli-home.ts';
import { until } from '../../e2e/until.ts';
import { type Answer, type Call, send } from '../answer.ts';
import { type Cluster, startCluster } from '../servers.ts';
import { hostAddress } from './address.ts';
import { type ClusterExecutor, startClusterExecutor } from './executors.ts';
import { installOnCore, make, type Send } from './install.ts';
import { personOf } from './people.ts';

/** A real control plane with two executors, each with a pool of its own; all on this host. */
export interface Scene extends AsyncDisposable {
  readonly folder: string;
  readonly cluster: Cluster;
  readonly executors: readonly ClusterExecutor[];
  /** Somebody with the built vmctl; `admin` may do everything, others what they were given. */
  person(name: string): Person;
  send(call: Call): Promise<Answer>;
  /** Binds somebody to rules, in the default namespace. */
  allow(person: string, rules: readonly Rule[]): Promise<void>;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const NODES = ['one', 'two'] as const;
const API = 'apiregistration.k8s.io/v1';

export async function startScene(): Promise<Scene> {
  const resources = new AsyncDisposableStack();
  try {
    return await build(resources);
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

async function build(resources: AsyncDisposableStack): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-access-'));
  await chmod(folder, 0o755);
  resources.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const cluster = resources.use(await startCluster({ crdServer: false }));
  const call = (request: Call) => send(cluster.core, request);
  await installOnCore(cluster);
  const { ip } = resources.use(hostAddress());
  const executors: ClusterExecutor[] = [];
  for (const node of NODES) {
    const args = ['--kubeconfig', cluster.core.kubeconfig, '--listen', ip, '--port', '0'];
    executors.push(resources.use(await startClusterExecutor(folder, node, args)));
    await make(call, '/apis/vmctl.dev/v1alpha1/virtualmachinestoragepools', {
      apiVersion: 'vmctl.dev/v1alpha1',
      kind: 'VirtualMachineStoragePool',
      metadata: { name: `pool-${node}` },
      spec: { dir: { path: join(folder, node, 'pool') }, nodeNames: [node] },
    });
  }
  await make(call, '/apis/vmctl.dev/v1alpha1/virtualmachinenetworks', {
    apiVersion: 'vmctl.dev/v1alpha1',
    kind: 'VirtualMachineNetwork',
    metadata: { name: 'default' },
    spec: { user: {} },
  });
  await available(call);
  const people = new Map([['admin', cluster.core.kubeconfig]]);
  const person = (name: string): Person => {
    const known = people.get(name) ?? personOf(cluster, name, folder);
    people.set(name, known);
    const env = { ...process.env, HOME: folder, VMCTL_HOME: join(folder, 'home'), KUBECONFIG: known };
    const vmctl = (...args: readonly string[]) => run(VMCTL, args, { env });
    const ok = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await vmctl(...args);
      if (code !== 0) throw new Error(`vmctl ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
      return stdout;
    };
    return { folder, env, vmctl, ok };
  };
  return {
    ...{ folder, cluster, executors, person, send: call },
    allow: (name, rules) => allow(call, name, rules),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const WAIT_MS = 60_000;

/** Waits until the API server has found the executors and believes their certificates. */
async function available(call: Send): Promise<void> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const { body } = await call({ path: `/apis/${API}/apiservices/${ACCESS_API_SERVICE}` });
    const { status } = body as { status?: { conditions?: { type: string; status: string }[] } };
    if (status?.conditions?.some(({ type, status: is }) => type === 'Available' && is === 'True')) return;
    if (performance.now() > end) throw new Error(`the API service is not available: ${JSON.stringify(status)}`);
    await sleep(200);
  }
}

async function allow(call: Send, person: string, rules: readonly Rule[]): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const metadata = { generateName: `${person}-` };
  const { body } = await call({ method: 'POST', path: `${rbac}/roles`, body: { metadata, rules } });
  const { name } = (body as { metadata: { name: string } }).metadata;
  await make(call, `${rbac}/rolebindings`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: person }],
  });
  // The API server reads of it a moment later.
  const reviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  for (const { apiGroups, resources, verbs } of rules) {
    const [resource, subresource] = resources[0]?.split('/') ?? [];
    const resourceAttributes = { namespace: 'default', verb: verbs[0], group: apiGroups[0], resource, subresource };
    const isAllowed = async () => {
      const review = await call({
        method: 'POST',
        path: reviews,
        body: { spec: { user: person, resourceAttributes } },
      });
      return (review.body as { status?: { allowed?: boolean } }).status?.allowed === true;
    };
    await until(isAllowed, { limitMs: WAIT_MS, what: () => `${person} to have the right to ${resources[0]}` });
  }
}
