import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { ACCESS_ANNOTATION, LEASES, parseAddress, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { StatusError } from '../apiserver/status-error.ts';

export type NodeLease = KubeObject & {
  spec?: { readonly renewTime?: string; readonly leaseDurationSeconds?: number };
};

/** Where a node's executor serves. */
export interface Executor {
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

const DEFAULT_SECONDS = 40;

/** Whether the lease still counts at a time, in milliseconds since 1970. */
export function isLive({ spec }: NodeLease, now: number): boolean {
  const renewed = Date.parse(spec?.renewTime ?? '');
  return renewed + (spec?.leaseDurationSeconds ?? DEFAULT_SECONDS) * 1000 > now;
}

export function executorOf(lease: NodeLease): Executor | undefined {
  const address = parseAddress(lease.metadata.annotations?.[ACCESS_ANNOTATION]);
  return address && { node: lease.metadata.name, ...address };
}

const unavailable = (message: string): StatusError => new StatusError(503, 'ServiceUnavailable', message);

/** Where the executor of another node is. @throws StatusError 503 where it lives no more, or serves nothing */
export async function findExecutor(client: ApiClient, node: string, now = Date.now()): Promise<Executor> {
  const target = { namespace: SYSTEM_NAMESPACE, name: node };
  const lease = await client.get<NodeLease>(LEASES, target).catch((error) => {
    if (isNotFound(error)) throw unavailable(`the node ${node} has no executor: see vmctl node list`);
    throw error;
  });
  if (!isLive(lease, now)) {
    throw unavailable(`the executor of the node ${node} has not been heard of since ${lease.spec?.renewTime}`);
  }
  const executor = executorOf(lease);
  if (!executor) throw unavailable(`the executor of the node ${node} serves no ways into machines; see its log`);
  return executor;
}

/** Says on this node's lease where its executor serves. @throws ApiError 404 before the lease is there */
export async function publishAddress(client: ApiClient, node: string, address: string | null): Promise<void> {
  const target = { namespace: SYSTEM_NAMESPACE, name: node };
  await client.patch(LEASES, target, { metadata: { annotations: { [ACCESS_ANNOTATION]: address } } });
}
