import type { VirtualMachineSpec } from '../../schemas/kinds/virtual-machine.ts';
import type { QemuInput } from './input.ts';

const MILLISECONDS = 1000;
const MINUTE = 60 * MILLISECONDS;
/** qemu takes no fractions of a second and no zone. */
const LENGTH = '2026-11-21T14:00:00'.length;

/** What a clock that is set forward shows at a start; nothing where it shows the time that it is. @param now since the epoch, ms */
export function clockStart({ machine }: VirtualMachineSpec, now: number): Pick<QemuInput, 'clockStart'> {
  const { base, adjustmentSeconds } = machine?.clock ?? {};
  if (adjustmentSeconds === undefined) return {};
  const zone = base === 'LocalTime' ? -new Date(now).getTimezoneOffset() * MINUTE : 0;
  const shown = new Date(now + zone + adjustmentSeconds * MILLISECONDS);
  return Number.isNaN(shown.getTime()) ? {} : { clockStart: shown.toISOString().slice(0, LENGTH) };
}
