import type { VirtualMachineStoragePoolSpec } from '../../../schemas/kinds/storage-pool.ts';

/** The members of a pool's union. */
export type PoolType = 'dir' | 'nfs';

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

/** How one type of pool becomes a folder of this node. */
export interface PoolDriver {
  /** Makes the pool usable where that takes nothing but making its own folder, and says what it is. Never throws. */
  prepare(spec: VirtualMachineStoragePoolSpec): Promise<PoolObservation>;
}
