import type { Context } from '../../controller/types.ts';

/** A pool as those see it who want a volume in it: a folder, or why there is none. */
export type UsablePool =
  | { readonly path: string }
  | { readonly path: undefined; readonly reason: string; readonly message: string };

export function usablePool({ store, nodeName }: Context, name: string): UsablePool {
  const pool = store.get('VirtualMachineStoragePool', { name });
  if (!pool) return missing('PoolNotFound', `the storage pool ${name} is not there: create it, or name another`);
  const node = pool.status?.nodes?.find((entry) => entry.name === nodeName);
  if (node?.ready && node.path !== undefined) return { path: node.path };
  const why = node?.message ?? 'the node has not looked at it yet';
  return missing('PoolNotReady', `the storage pool ${name} cannot be used on the node ${nodeName}: ${why}`);
}

const missing = (reason: string, message: string): UsablePool => ({ path: undefined, reason, message });
