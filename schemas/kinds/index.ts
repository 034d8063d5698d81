import type { KindDefinition } from './define.ts';
import { virtualMachineDisk } from './disk.ts';
import { virtualMachineImage } from './image.ts';
import { virtualMachineNetwork } from './network.ts';
import { virtualMachineSnapshot } from './snapshot.ts';
import { virtualMachineStoragePool } from './storage-pool.ts';
import { virtualMachine } from './virtual-machine.ts';

/** The six kinds, in the order in which a person reads about them. */
export const kinds = {
  VirtualMachine: virtualMachine,
  VirtualMachineDisk: virtualMachineDisk,
  VirtualMachineSnapshot: virtualMachineSnapshot,
  VirtualMachineImage: virtualMachineImage,
  VirtualMachineNetwork: virtualMachineNetwork,
  VirtualMachineStoragePool: virtualMachineStoragePool,
} satisfies Record<string, KindDefinition>;

export type Kind = keyof typeof kinds;
