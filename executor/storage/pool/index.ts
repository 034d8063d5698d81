import type { VirtualMachineStoragePoolSpec } from '../../../schemas/kinds/storage-pool.ts';
import { dirDriver } from './dir.ts';
import type { PoolDriver, PoolObservation, PoolPlace, PoolType } from './driver.ts';
import { externalDriver } from './external.ts';
import { nfsDriver } from './nfs.ts';

export type { PoolDriver, PoolObservation, PoolPlace, PoolType } from './driver.ts';
export { mountedPools } from './mount.ts';
export { type FoundVolume, type KnownVolumes, scanPool } from './scan.ts';

const drivers = { dir: dirDriver, nfs: nfsDriver, external: externalDriver } as const satisfies Record<
  PoolType,
  PoolDriver
>;

const driverOf = (spec: VirtualMachineStoragePoolSpec): PoolDriver | undefined => {
  const type = (Object.keys(drivers) as PoolType[]).find((name) => spec[name] !== undefined);
  return type && drivers[type];
};

/** Makes a pool usable on this node and says what it is. */
export async function preparePool(spec: VirtualMachineStoragePoolSpec, place: PoolPlace): Promise<PoolObservation> {
  const driver = driverOf(spec);
  if (driver) return driver.prepare(spec, place);
  return { ready: false, reason: 'Invalid', message: 'the pool has no type: set dir.path' };
}

/** Gives back what any driver took of the host for a pool: the object that said which is gone, or says another by now. */
export async function releasePool(place: PoolPlace): Promise<void> {
  for (const driver of Object.values(drivers)) await driver.release(place);
}

/** What images are kept as in a pool; others are converted to the first. */
export const imageFormatsOf = (spec: VirtualMachineStoragePoolSpec): PoolDriver['imageFormats'] =>
  (driverOf(spec) ?? dirDriver).imageFormats;
