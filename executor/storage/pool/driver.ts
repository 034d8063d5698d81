import type { VirtualMachineStoragePoolSpec } from '../../../schemas/kinds/storage-pool.ts';
import type { VolumeFormat } from '../qemu-img/index.ts';

/** The members of a pool's union. */
export type PoolType = 'dir' | 'nfs' | 'external';

/** What a pool was found to be on this node. Sizes in bytes. */
export type PoolObservation =
  | { readonly ready: true; readonly path: string; readonly capacity: bigint; readonly available: bigint }
  | {
      readonly ready: false;
      /** CamelCase, for the condition. */
      readonly reason: string;
      /** What is wrong, where, and what to do. */
      readonly message: string;
      readonly path?: string;
    };

/** Which pool, and where on this node a driver may make what it needs for it. */
export interface PoolPlace {
  /** Name of the object. */
  readonly name: string;
  /** The executor's own folder. */
  readonly home: string;
}

/** How one type of pool becomes a folder of this node. */
export interface PoolDriver {
  /** What images are kept as in such a pool; others are converted to the first. */
  readonly imageFormats: readonly [VolumeFormat, ...VolumeFormat[]];
  /** Makes the pool usable, which takes nothing away from anybody, and says what it is. Never throws. */
  prepare(spec: VirtualMachineStoragePoolSpec, place: PoolPlace): Promise<PoolObservation>;
  /** Gives back what `prepare` took of the host; what lies in the pool stays. @throws what another attempt may mend */
  release(place: PoolPlace): Promise<void>;
}
