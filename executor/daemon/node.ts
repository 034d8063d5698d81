import type { ApiClient } from '../../schemas/client/client.ts';
import { isAlreadyExists } from '../../schemas/client/errors.ts';
import { core } from '../../schemas/client/paths.ts';
import { keepRenewed, type Renewer } from '../cluster/renewer.ts';
import type { Log } from '../controller/types.ts';
import type { HostFacts } from '../host/index.ts';
import { KUBELETS_NAMESPACE, renewLease, SYSTEM_NAMESPACE } from './node-lease.ts';
import { isMadeByUs, type Node, nodeMarks, nodeObject, nodeStatus } from './node-object.ts';

export const NODES = core('nodes', false);
const SECOND_MS = 1000;

export interface Announcement {
  readonly client: ApiClient;
  readonly name: string;
  readonly facts: HostFacts;
  readonly version: string;
  /** Whether this is the only node there is: its Node is the executor's in any case. */
  readonly standalone: boolean;
  /** For how long each renewal of the lease holds. */
  readonly leaseSeconds: number;
  readonly log: Log;
}

/**
 * Shows this node in the API. A kubelet's Node gets our label and annotations, and nothing else; where there is none it is
 * made here, with a status.
 * @returns whether the Node is the executor's own
 */
async function publishNode({ client, name, facts, version, standalone }: Announcement): Promise<boolean> {
  const node = nodeObject(name, facts, version, standalone);
  const current = await client.create<Node>(NODES, node).catch(async (error) => {
    if (isAlreadyExists(error)) return client.patch<Node>(NODES, { name }, { metadata: nodeMarks(facts, version) });
    throw error;
  });
  if (!standalone && !isMadeByUs(current)) return false;
  const status = nodeStatus(name, facts, version, new Date().toISOString().replace(/\.\d+Z/, 'Z'));
  await client.patch<Node>(NODES, { name, subresource: 'status' }, { status });
  return true;
}

/** The leases that say that this node lives: ours on a cluster, and the kubelet's where the executor stands in for one. */
const leasesOf = (standalone: boolean, isOwn: boolean): string[] => [
  ...(standalone ? [] : [SYSTEM_NAMESPACE]),
  ...(isOwn ? [KUBELETS_NAMESPACE] : []),
];

/** Shows this node in the API and says, by a lease, that it lives. */
export async function announceNode(announcement: Announcement): Promise<Renewer> {
  const { client, name, standalone, leaseSeconds, log } = announcement;
  const namespaces = leasesOf(standalone, await publishNode(announcement));
  const renew = async (): Promise<void> => {
    for (const namespace of namespaces) await renewLease(client, { namespace, name }, leaseSeconds, new Date());
  };
  await renew();
  // Its watches would wait for minutes at the ends of connections that are cut: kubelet closes them as well.
  const onFailure = () => client.transport.close();
  return keepRenewed({ renew, leaseMs: leaseSeconds * SECOND_MS, onFailure, log });
}
