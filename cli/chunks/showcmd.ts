import { QEMU_BINARY, qemuCommandLine } from '../../executor/qemu/argv.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { usage } from '../errors.ts';
import { type Lookup, qemuInput } from '../showcmd/input.ts';

export { namesIn } from '../showcmd/input.ts';

/** Fills in the defaults, as the API server would. @throws Failure (usage) naming the field that is wrong */
export function withDefaults(machine: VirtualMachine): VirtualMachine {
  const result = kinds.VirtualMachine.spec.safeParse(machine.spec);
  if (result.success) return { ...machine, spec: result.data };
  const [issue] = result.error.issues;
  throw usage(
    `machine "${machine.metadata.name}": spec.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`,
  );
}

/** The command with which the executor would start a machine. @throws Refusal for what no qemu here can give */
export const commandFor = (machine: VirtualMachine, find: Lookup, runRoot: string): string[] => [
  QEMU_BINARY,
  ...qemuCommandLine(qemuInput(withDefaults(machine), find, runRoot)),
];
