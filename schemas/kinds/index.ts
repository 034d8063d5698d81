import type { KindDefinition } from './define.ts';
import { virtualMachineDisk } from './disk.ts';
import { virtualMachineImage } from './image.ts';
import type { Kind } from './names.ts';
import { virtualMachineNetwork } from './network.ts';
import { virtualMachineSnapshot } from './snapshot.ts';
import { virtualMachineStoragePool } from './storage-pool.ts';
import { virtualMachine } from './virtual-machine.ts';

/** The six kinds with their schemas. Where only their names are needed, import `names.ts`: this costs 20 ms and 10 MB. */
export const kinds = {
  VirtualMachine: virtualMachine,
  VirtualMachineDisk: virtualMachineDisk,
  VirtualMachineSnapshot: virtualMachineSnapshot,
  VirtualMachineImage: virtualMachineImage,
  VirtualMachineNetwork: virtualMachineNetwork,
  VirtualMachineStoragePool: virtualMachineStoragePool,
} satisfies Record<Kind, KindDefinition>;

export type { Kind } from './names.ts';
