import type { VirtualMachineSpec } from '../../../../schemas/kinds/virtual-machine.ts';

export type Tuning = NonNullable<VirtualMachineSpec['tuning']>;

/** A value for a file of a machine's control group. */
export interface Limit {
  readonly field: keyof Tuning;
  readonly controller: 'cpu' | 'memory' | 'io';
  /** Of several, the first that the kernel has. */
  readonly files: readonly string[];
  readonly value: string;
}
