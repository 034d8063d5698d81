import type { VirtualMachineStoragePoolSpec } from '../../../schemas/kinds/storage-pool.ts';
import { dirDriver } from './dir.ts';
import type { PoolDriver, PoolObservation, PoolType } from './driver.ts';
import { nfsDriver } from './nfs.ts';

export type { PoolDriver, PoolObservation, PoolType } from './driver.ts';

const drivers = { dir: dirDriver, nfs: nfsDriver } as const satisfies Record<PoolType, PoolDriver>;

/** Makes a pool usable on this node and says what it is. */
export async function preparePool(spec: VirtualMachineStoragePoolSpec): Promise<PoolObservation> {
  const type = (Object.keys(drivers) as PoolType[]).find((name) => spec[name] !== undefined);
  if (type) return drivers[type].prepare(spec);
  return { ready: false, reason: 'Invalid', message: 'the pool has no type: set dir.path' };
}
