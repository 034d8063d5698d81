import type { VirtualMachineSpec } from '../../../schemas/kinds/virtual-machine.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import type { ActionOf } from './actions.ts';
import type { Launched } from './record.ts';

/** Bytes that the balloon is to leave. qemu counts DIMMs with the memory of the board. Source: qapi/machine.json, balloon */
export function balloonTarget({ size, current, devices = [] }: VirtualMachineSpec['memory']): number {
  if (current !== undefined) return Number(parseSize(current));
  const dimms = devices.filter(({ model }) => model === 'dimm');
  return Number(dimms.reduce((sum, dimm) => sum + parseSize(dimm.size), parseSize(size)));
}

/**
 * A balloon takes memory from the guest and gives it back, never more than the guest started with.
 * @param field of spec.memory that was changed
 */
export function setBalloon(
  wanted: VirtualMachineSpec,
  launched: Launched,
  field: string,
): ActionOf<'set-balloon'> | 'later' | undefined {
  if (!completeSpec(launched.spec).balloon.enabled) {
    // A machine without a balloon has all of its memory, started anew or not.
    return field === 'current' && !completeSpec(wanted).balloon.enabled ? 'later' : undefined;
  }
  const fits = parseSize(wanted.memory.size) <= BigInt(launched.memoryBytes);
  return fits ? { type: 'set-balloon', bytes: balloonTarget(wanted.memory) } : undefined;
}
