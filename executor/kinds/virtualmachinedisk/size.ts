import type { VirtualMachineDiskStatus } from '../../../schemas/kinds/disk.ts';
import { sameJson } from '../../controller/conditions.ts';

/** A guest that writes makes its volume grow all the time, and each telling makes us look again. */
const TELL_EVERY_MS = 1000;

/** When the space that a volume takes was told last, by the disk's uid, on the clock of `performance.now()`. */
export type ToldSizes = Map<string, number>;

/**
 * Milliseconds for which a status need not be written: nothing but the space that the volume takes has changed, and that was
 * told a moment ago. 0 where it is to be written now.
 */
export function sizeCanWait(
  before: VirtualMachineDiskStatus | undefined,
  next: VirtualMachineDiskStatus,
  toldAt: number | undefined,
  now: number,
): number {
  if (toldAt === undefined || before?.actualSize === next.actualSize) return 0;
  const others = ({ actualSize: _, ...rest }: VirtualMachineDiskStatus) => rest;
  if (!before || !sameJson(others(before), others(next))) return 0;
  return Math.max(0, toldAt + TELL_EVERY_MS - now);
}
