import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import type { Qmp } from '../../qmp/index.ts';
import type { MachineHandle } from './handle.ts';
import type { MachineRegistry } from './machines.ts';
import type { Resources } from './resources.ts';

/** One reconciliation of one machine. */
export interface Run {
  readonly context: Context;
  readonly machines: MachineRegistry;
  readonly handle: MachineHandle;
  /** As observed before the plan was made. */
  resources: Resources;
  /** As of the last write. */
  machine: VirtualMachine;
}

/** The connection of a machine that just answered. @throws when it broke meanwhile: look again */
export function connected({ handle }: Run): Qmp {
  if (handle.qmp) return handle.qmp;
  throw new Error('the connection to qemu broke');
}
