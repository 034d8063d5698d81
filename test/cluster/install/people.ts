import { setTimeout as sleep } from 'node:timers/promises';
import { readKubeconfig } from '../../../executor/daemon/kubeconfig.ts';
import { createTransport } from '../../../schemas/client/transport.ts';
import { until } from '../../e2e/until.ts';
import { type Answer, type Call, send } from '../answer.ts';
import type { Cluster } from '../servers.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const WAIT_MS = 60_000;

/** Somebody with a certificate of his own. */
export interface Person {
  send(call: Call): Promise<Answer>;
  /** Whether the cluster's authoriser lets him, in the default namespace. @param resource with its subresource */
  may(verb: string, resource: string, group: string): Promise<boolean>;
}

/** Waits until Kubernetes' own role has ours in it. */
export async function asEdited({ core }: Cluster, role: string): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (performance.now() < end) {
    const { body } = await send(core, { path: `${RBAC}/clusterroles/${role}` });
    if (JSON.stringify(body).includes('vmctl.dev')) return;
    await sleep(100);
  }
  throw new Error(`the role ${role} has nothing of vmctl.dev after ${WAIT_MS} ms`);
}

/** @param role ClusterRole that he has in the default namespace */
export async function personal(cluster: Cluster, user: string, role?: string, group?: string): Promise<Person> {
  if (role !== undefined) {
    await send(cluster.core, {
      method: 'POST',
      path: `${RBAC}/namespaces/default/rolebindings`,
      body: {
        metadata: { name: user },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      },
    });
  }
  const transport = createTransport(await readKubeconfig(cluster.identity(user, group)));
  const may: Person['may'] = async (verb, path, apiGroup) => {
    const [resource, subresource] = path.split('/');
    const resourceAttributes = { namespace: 'default', verb, group: apiGroup, resource, subresource };
    const { body } = await send(cluster.core, {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: { spec: { user, groups: [...(group ? [group] : []), 'system:authenticated'], resourceAttributes } },
    });
    return (body as { status: { allowed: boolean } }).status.allowed;
  };
  // The authoriser reads of a binding a moment after it was made.
  if (role !== undefined) {
    const has = () => may('get', 'virtualmachines', 'vmctl.dev');
    await until(has, { limitMs: WAIT_MS, what: () => `${user} to have the role ${role}` });
  }
  return { send: (call) => send({ transport }, call), may };
}
