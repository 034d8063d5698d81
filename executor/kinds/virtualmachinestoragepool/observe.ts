import type { VirtualMachineStoragePool } from '../../../schemas/kinds/storage-pool.ts';
import type { Context } from '../../controller/types.ts';
import { type PoolObservation, preparePool } from '../../storage/pool/index.ts';
import { namespaceOf } from '../common/object.ts';
import { whyClosedToQemu } from '../common/qemu-user.ts';

export interface ObservedPool {
  /** Nothing where the pool is not for this node. */
  readonly node: PoolObservation | undefined;
  /** Objects that have a volume in it, as `disk default/web-root`. */
  readonly users: readonly string[];
}

export async function observePool(context: Context, pool: VirtualMachineStoragePool): Promise<ObservedPool> {
  const node = isOn(pool, context.nodeName) ? await prepareFor(context, pool) : undefined;
  return { node, users: usersOf(context, pool) };
}

/** A pool that we can use and qemu cannot would only fail when a machine starts. */
async function prepareFor(context: Context, { spec }: VirtualMachineStoragePool): Promise<PoolObservation> {
  const found = await preparePool(spec);
  const closed = found.ready ? await whyClosedToQemu(context, found.path) : undefined;
  if (!found.ready || closed === undefined) return found;
  return { ready: false, reason: 'PathNotReachable', message: closed, path: found.path };
}

/** An empty list means every node. */
const isOn = ({ spec }: VirtualMachineStoragePool, nodeName: string): boolean =>
  spec.nodeNames === undefined || spec.nodeNames.length === 0 || spec.nodeNames.includes(nodeName);

function usersOf({ store }: Context, { metadata }: VirtualMachineStoragePool): string[] {
  const named =
    (word: string) => (object: { spec: { pool: string }; metadata: { name: string; namespace?: string } }) =>
      object.spec.pool === metadata.name ? [`${word} ${namespaceOf(object as never)}/${object.metadata.name}`] : [];
  return [
    ...store.list('VirtualMachineDisk').flatMap(named('disk')),
    ...store.list('VirtualMachineImage').flatMap(named('image')),
  ];
}
