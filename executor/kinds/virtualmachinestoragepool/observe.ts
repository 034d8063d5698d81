import type { VirtualMachineStoragePool } from '../../../schemas/kinds/storage-pool.ts';
import type { Context } from '../../controller/types.ts';
import { type FoundVolume, type PoolObservation, preparePool, scanPool } from '../../storage/pool/index.ts';
import { isDeleting } from '../common/object.ts';
import { whyClosedToQemu } from '../common/qemu-user.ts';
import { committedBytes, knownVolumes, usersOf } from './volumes.ts';

export interface ObservedPool {
  /** Nothing where the pool is not for this node. */
  readonly node: PoolObservation | undefined;
  /** Objects that have a volume in it, as `disk default/web-root`. */
  readonly users: readonly string[];
  /** Bytes that its volumes can grow to on this node. */
  readonly committed: bigint;
  /** Volumes in its folder that no object has. */
  readonly unknown: readonly FoundVolume[];
}

/** A pool on its way out is not mounted once more. */
export async function observePool(context: Context, pool: VirtualMachineStoragePool): Promise<ObservedPool> {
  const users = usersOf(context, pool);
  const wanted = isOn(pool, context.nodeName) && !(isDeleting(pool) && users.length === 0);
  const node = wanted ? await prepareFor(context, pool) : undefined;
  const unknown = node?.ready ? await scanPool(node.path, knownVolumes(context)) : [];
  return { node, users, committed: committedBytes(context, pool), unknown };
}

/** A pool that we can use and qemu cannot would only fail when a machine starts. */
async function prepareFor(context: Context, { spec, metadata }: VirtualMachineStoragePool): Promise<PoolObservation> {
  const found = await preparePool(spec, { name: metadata.name, home: context.settings.home });
  const closed = found.ready ? await whyClosedToQemu(context, found.path) : undefined;
  if (!found.ready || closed === undefined) return found;
  return { ready: false, reason: 'PathNotReachable', message: closed, path: found.path };
}

/** An empty list means every node. */
export const isOn = ({ spec }: VirtualMachineStoragePool, nodeName: string): boolean =>
  spec.nodeNames === undefined || spec.nodeNames.length === 0 || spec.nodeNames.includes(nodeName);
