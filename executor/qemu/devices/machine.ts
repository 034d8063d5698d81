import type { Board } from '../board.ts';
import { keyValues } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { CODE_NODE, isSecure, VARIABLES_NODE } from './firmware.ts';
import { memoryBackend } from './memory.ts';

/** The board itself: type, timers, what of it the guest sees. */
export function machineArguments(board: Board): string[] {
  const { input, spec } = board;
  if (spec.machine.architecture !== 'x86_64') {
    throw new Refusal(
      'ArchitectureUnsupported',
      'spec.machine.architecture',
      `${spec.machine.architecture} is not supported yet; use x86_64`,
    );
  }
  const { features, clock } = spec.machine;
  const { uefi } = spec.machine.firmware ?? {};
  const type = keyValues({
    type: input.machineType,
    'dump-guest-core': false,
    acpi: features?.acpi === false ? false : undefined,
    smm: isSecure(board) ? true : features?.smm,
    hpet: clock?.hpet === false ? false : undefined,
    'memory-backend': memoryBackend(spec),
    pflash0: uefi && CODE_NODE,
    pflash1: uefi && !uefi.stateless ? VARIABLES_NODE : undefined,
  });
  const vmCoreInfo = features?.vmCoreInfo ? ['-device', '{"driver":"vmcoreinfo"}'] : [];
  return ['-machine', type, '-accel', input.accelerator, ...vmCoreInfo];
}
