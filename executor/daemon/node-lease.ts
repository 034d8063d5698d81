import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { LEASES, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import type { KubeObject } from '../../schemas/types/object.ts';

export { LEASES, SYSTEM_NAMESPACE };
/** Where kubelets say that they live: Kubernetes' node controller looks there. */
export const KUBELETS_NAMESPACE = 'kube-node-lease';

export type Lease = KubeObject & {
  spec: { holderIdentity?: string; leaseDurationSeconds?: number; renewTime?: string };
};

/** Says that this node lives, from `at` for so many seconds. @throws ApiError; that the namespace is missing, in words */
export async function renewLease(
  client: ApiClient,
  target: { readonly namespace: string; readonly name: string },
  leaseDurationSeconds: number,
  at: Date,
): Promise<Lease> {
  const renewTime = at.toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: target.name, leaseDurationSeconds, renewTime };
  try {
    return await client.patch<Lease>(LEASES, target, { spec });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return await createLease(client, target, spec);
  }
}

async function createLease(
  client: ApiClient,
  metadata: { readonly namespace: string; readonly name: string },
  spec: Lease['spec'],
): Promise<Lease> {
  try {
    return await client.create<Lease>(LEASES, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
  } catch (cause) {
    if (!isNotFound(cause)) throw cause;
    const { namespace } = metadata;
    throw new Error(`the cluster has no namespace ${namespace}: kubectl apply -f yamls/ makes it`, { cause });
  }
}
