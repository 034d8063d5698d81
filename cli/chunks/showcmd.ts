import { QEMU_BINARY, qemuCommandLine, Refusal } from '../../executor/qemu/argv.ts';
import { clockStart } from '../../executor/qemu/clock-start.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { type Lookup, qemuInput } from '../showcmd/input.ts';

export { namesIn } from '../showcmd/input.ts';

/** Fills in the defaults, as the API server would. @throws Refusal naming the field that is wrong */
function withDefaults(machine: VirtualMachine): VirtualMachine {
  const result = kinds.VirtualMachine.spec.safeParse(machine.spec);
  if (result.success) return { ...machine, spec: result.data };
  const [issue] = result.error.issues;
  throw new Refusal('Invalid', `spec.${issue?.path.join('.') ?? ''}`, issue?.message ?? 'is not valid');
}

/** The command with which the executor would start a machine. @throws Refusal for what no qemu here can give */
export function commandFor(machine: VirtualMachine, find: Lookup, runRoot: string): string[] {
  const complete = withDefaults(machine);
  const input = { ...qemuInput(complete, find, runRoot), ...clockStart(complete.spec, Date.now()) };
  return [QEMU_BINARY, ...qemuCommandLine(input)];
}
