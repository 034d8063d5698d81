import type { Board } from '../board.ts';
import { keyValues } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { memoryBackend } from './memory.ts';

/** The board itself: type, timers, what of it the guest sees. */
export function machineArguments({ input, spec }: Board): string[] {
  if (spec.machine.architecture !== 'x86_64') {
    throw new Refusal(
      'ArchitectureUnsupported',
      'spec.machine.architecture',
      `${spec.machine.architecture} is not supported yet; use x86_64`,
    );
  }
  const { features, clock } = spec.machine;
  const secureBoot = spec.machine.firmware?.uefi?.secureBoot === true;
  const type = keyValues({
    type: input.machineType,
    'dump-guest-core': false,
    acpi: features?.acpi === false ? false : undefined,
    smm: secureBoot ? true : features?.smm,
    hpet: clock?.hpet === false ? false : undefined,
    'memory-backend': memoryBackend(spec),
    pflash0: spec.machine.firmware?.uefi && 'uefi-code',
    pflash1: spec.machine.firmware?.uefi && 'uefi-variables',
  });
  const vmCoreInfo = features?.vmCoreInfo ? ['-device', '{"driver":"vmcoreinfo"}'] : [];
  return ['-machine', type, '-accel', input.accelerator, ...vmCoreInfo];
}
