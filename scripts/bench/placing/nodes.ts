import { NODES } from '../../../executor/cluster/fenced.ts';
import { EXECUTOR_LABEL } from '../../../executor/daemon/node-object.ts';
import type { ApiClient } from '../../../schemas/client/client.ts';
import { core } from '../../../schemas/client/paths.ts';
import { SYSTEM_NAMESPACE } from '../../../schemas/cluster.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';

/** Room for all that is placed, so that it is never room that is waited for. */
const AMOUNTS = { cpu: '1000', memory: '1000Gi', pods: '10000' };

/** Nodes as kubelets and executors report them. */
export async function makeNodes(client: ApiClient, count: number): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } };
  await client.create(core('namespaces', false), namespace);
  for (let index = 0; index < count; index += 1) {
    const name = `node-${index}`;
    const metadata = { name, labels: { 'kubernetes.io/hostname': name, [EXECUTOR_LABEL]: 'true' } };
    await client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata } as KubeObject);
    const conditions = [{ type: 'Ready', status: 'True', reason: 'Bench', message: 'as told' }];
    const status = { capacity: AMOUNTS, allocatable: AMOUNTS, conditions };
    await client.patch(NODES, { name, subresource: 'status' }, { status });
    // Nobody else takes away that it was not ready when it was made.
    await client.patch(NODES, { name }, { spec: { taints: null } });
  }
}
