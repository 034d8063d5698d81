import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { core } from '../../schemas/client/paths.ts';
import { OUT_OF_SERVICE, type Taint } from '../../schemas/node-taints.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { LEASES, type Lease, SYSTEM_NAMESPACE } from '../daemon/node-lease.ts';

export const NODES = core('nodes', false);

export { OUT_OF_SERVICE };

export type ClusterNode = KubeObject & { readonly spec?: { readonly taints?: readonly Taint[] } };

/** Whether somebody has vouched for a node's being off. */
export const isOutOfService = ({ spec }: Pick<ClusterNode, 'spec'>): boolean =>
  spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false;

/** Whether a lease has run out by this host's clock. */
export function hasRunOut({ spec }: Pick<Lease, 'spec'>, nowMs: number): boolean {
  const { renewTime, leaseDurationSeconds = 0 } = spec;
  return renewTime === undefined || Date.parse(renewTime) + leaseDurationSeconds * 1000 < nowMs;
}

/**
 * Whether what a node wrote down may be taken away: it is out of service, and does not report either. A taint that was
 * forgotten on a node that is back says nothing.
 */
export async function isNodeFenced(client: ApiClient, name: string): Promise<boolean> {
  const node = await unlessMissing(client.get<ClusterNode>(NODES, { name }));
  if (!node || !isOutOfService(node)) return false;
  const lease = await unlessMissing(client.get<Lease>(LEASES, { namespace: SYSTEM_NAMESPACE, name }));
  return !lease || hasRunOut(lease, Date.now());
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
