import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ApiClient, createClient } from '../../../schemas/client/client.ts';
import { isNotFound } from '../../../schemas/client/errors.ts';
import { core, type ResourceType, resourceOf, resourcePath } from '../../../schemas/client/paths.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import { missingServers } from '../../../scripts/cluster/binaries.ts';
import { hostAddress, noAddress } from '../access/address.ts';
import { policiesHold } from '../install/hold.ts';
import { startCluster } from '../servers.ts';

const run = promisify(execFile);

/** A control plane that is used by one executor after the other. */
export interface Plane extends AsyncDisposable {
  /** Of `system:masters`. */
  readonly kubeconfig: string;
  /** Of this host, where the API server can reach an executor. */
  readonly address: string;
  /** Makes a kubeconfig file for somebody else. */
  identity(user: string, group?: string): string;
  /** Removes what its last user made. */
  empty(): Promise<void>;
}

const KEPT = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease', 'vmctl-system']);
const NAMESPACES = core('namespaces', false);
const LEASES: ResourceType = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespaced: true };
/** What tests make in the namespace that they share one after the other. */
const OF_TESTS = ['pods', 'secrets', 'configmaps', 'events'].map((plural) => core(plural));

const YAMLS = join(import.meta.dirname, '../../../yamls');
/** What a cluster has when vmctl is installed, but for the executor's own pods. Of the policies, those about our kinds are obeyed. */
const INSTALLED = ['00-namespace', 'apiservice', 'rbac', 'rbac-node', 'admission', 'priority'];

/** Why there can be no control plane here. */
export const missingPlanes = (): string | undefined =>
  missingServers(['kube-controller-manager', 'kube-scheduler']) ?? noAddress();

export async function startPlane(): Promise<Plane> {
  const policies = missingServers(['apiextensions-apiserver']) === undefined;
  const cluster = await startCluster({ kinds: true, policies, controllerManager: true, scheduler: true });
  const files = INSTALLED.flatMap((name) => ['-f', join(YAMLS, `${name}.yaml`)]);
  await run('kubectl', ['--kubeconfig', cluster.kubeconfig, 'apply', '--validate=false', ...files]);
  if (policies) await policiesHold(cluster);
  const client = createClient(cluster.whole.transport);
  const host = hostAddress();
  const end = async (): Promise<void> => {
    host[Symbol.dispose]();
    await cluster[Symbol.asyncDispose]();
  };
  return { ...cluster, address: host.ip, empty: () => empty(client), [Symbol.asyncDispose]: end };
}

async function empty(client: ApiClient): Promise<void> {
  for (const kind of Object.values(kinds)) await removeAll(client, resourceOf(kind));
  for (const type of OF_TESTS) await removeCollection(client, type, 'default');
  for (const namespace of ['vmctl-system', 'kube-node-lease']) await removeCollection(client, LEASES, namespace);
  await removeCollection(client, core('nodes', false));
  const { items } = await client.list<KubeObject>(NAMESPACES);
  for (const { metadata } of items) {
    if (!KEPT.has(metadata.name)) await unlessGone(client.delete(NAMESPACES, { name: metadata.name }));
  }
}

/** Nobody is left who would free what the finalizers stand for. */
async function removeAll(client: ApiClient, type: ResourceType): Promise<void> {
  const { items } = await client.list<KubeObject>(type);
  for (const { metadata } of items) {
    const target = { namespace: metadata.namespace, name: metadata.name };
    await unlessGone(client.patch(type, target, { metadata: { finalizers: null } }));
    await unlessGone(client.delete(type, target));
  }
}

const removeCollection = (client: ApiClient, type: ResourceType, namespace?: string): Promise<unknown> =>
  client.call('DELETE', resourcePath(type, { namespace }), { gracePeriodSeconds: 0 });

async function unlessGone(done: Promise<unknown>): Promise<void> {
  await done.catch((error) => {
    if (!isNotFound(error)) throw error;
  });
}
