import type { ApiClient } from '../../schemas/client/client.ts';
import { ApiError } from '../../schemas/client/errors.ts';
import { core } from '../../schemas/client/paths.ts';
import { LEASES, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { OURS } from '../api/resources.ts';
import type { Lease } from './reports.ts';
import type { Node, Pod, Seen } from './table.ts';

export const NODES = core('nodes', false);
const PODS = core('pods');
/** On nodes that have an executor, and on reservations of machines. */
const EXECUTOR_LABEL = 'vmctl.dev/executor';
const RESERVATION_LABEL = 'vmctl.dev/machine-uid';

/** Pods of a cluster are not everybody's to see; everything else is needed. */
async function reservations(client: ApiClient): Promise<readonly Pod[] | undefined> {
  try {
    return (await client.list<Pod>(PODS, undefined, { query: { labelSelector: RESERVATION_LABEL } })).items;
  } catch (error) {
    if (error instanceof ApiError && (error.code === 403 || error.code === 404)) return undefined;
    throw error;
  }
}

/** Everything that `vmctl node list` shows. */
export async function see(client: ApiClient): Promise<Seen> {
  const [nodes, leases, machines, pods] = await Promise.all([
    client.list<Node>(NODES, undefined, { query: { labelSelector: EXECUTOR_LABEL } }),
    client.list<Lease>(LEASES, SYSTEM_NAMESPACE),
    client.list<VirtualMachine>(OURS.VirtualMachine),
    reservations(client),
  ]);
  return { nodes: nodes.items, leases: leases.items, machines: machines.items, pods, now: Date.now() };
}

/** Machines of a node, of all namespaces: bound to it, or still on it. */
export async function machinesOf(client: ApiClient, node: string): Promise<VirtualMachine[]> {
  const { items } = await client.list<VirtualMachine>(OURS.VirtualMachine);
  return items.filter(({ spec, status }) => spec.nodeName === node || status?.nodeName === node);
}
