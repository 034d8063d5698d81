import type { BlockCommands } from './block.ts';
import type { DeviceCommands } from './device.ts';
import type { JobCommands } from './job.ts';
import type { MachineCommands } from './machine.ts';

export type * from './block.ts';
export type * from './device.ts';
export type * from './job.ts';
export type * from './machine.ts';

/** Every command in use with its arguments and its answer, as qemu's QAPI schema has them. */
export interface Commands extends MachineCommands, BlockCommands, JobCommands, DeviceCommands {}

export type CommandName = keyof Commands;
export type Arguments<C extends CommandName> = Commands[C]['arguments'];
export type Returns<C extends CommandName> = Commands[C]['returns'];
