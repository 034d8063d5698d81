import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

export type Goal = VirtualMachine['spec']['powerState'];

/** Where the machine is going: what the spec says, or off when it is being deleted. */
export const goalOf = ({ metadata, spec }: VirtualMachine): Goal =>
  metadata.deletionTimestamp === undefined ? spec.powerState : 'Stopped';
