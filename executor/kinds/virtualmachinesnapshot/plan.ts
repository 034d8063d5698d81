import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { parseDuration } from '../../../schemas/types/duration.ts';
import { isHeld } from '../../controller/finalizer.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedSnapshot } from './observe.ts';

export type SnapshotAction = 'hold' | 'take' | 'revert' | 'expire' | 'remove' | 'release';

/** What to do next. `nowMs` in milliseconds since the epoch. */
export function planSnapshot(
  snapshot: VirtualMachineSnapshot,
  observed: ObservedSnapshot,
  nowMs: number,
): SnapshotAction[] {
  if (isDeleting(snapshot)) return isHeld(snapshot) ? ['remove', 'release'] : [];
  const expires = expiresInMs(snapshot, nowMs);
  const expired = expires !== undefined && expires <= 0 && canExpire(snapshot);
  if (!observed.machine) return expired && snapshot.spec.backup ? ['expire'] : [];
  const hold: SnapshotAction[] = isOwned(snapshot, observed.machine) ? [] : ['hold'];
  if (expired) return ['expire'];
  if (isToBeTaken(snapshot, observed)) return [...hold, 'take'];
  return isToBeReverted(snapshot) && isWhole(snapshot, observed) ? [...hold, 'revert'] : hold;
}

/** Held by us, and by its machine: also one that was never taken goes with it. */
const isOwned = (snapshot: VirtualMachineSnapshot, machine: VirtualMachine): boolean =>
  isHeld(snapshot) && (outlasts(snapshot) || isOwnedBy(snapshot, machine));

/** A backup is there for when its machine is not. */
export const outlasts = ({ spec }: VirtualMachineSnapshot): boolean => spec.backup !== undefined;

const isOwnedBy = (snapshot: VirtualMachineSnapshot, machine: VirtualMachine): boolean =>
  snapshot.metadata.ownerReferences?.some(({ uid }) => uid === machine.metadata.uid) === true;

/** One that failed is taken again when its spec was changed, or once there may be room; one that was taken once, never. */
function isToBeTaken(snapshot: VirtualMachineSnapshot, { obstacle }: ObservedSnapshot): boolean {
  const { phase = 'Pending', takenAt, observedGeneration } = snapshot.status ?? {};
  const { metadata } = snapshot;
  if (phase === 'Taking') return true;
  if (obstacle || takenAt !== undefined) return false;
  return (
    phase === 'Pending' || (phase === 'Failed' && (observedGeneration !== metadata.generation || lacksRoom(snapshot)))
  );
}

/** Nobody tells when there is room: it is looked for again. */
export const lacksRoom = ({ status }: VirtualMachineSnapshot): boolean =>
  status?.phase === 'Failed' &&
  status.takenAt === undefined &&
  status.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'NoSpace') === true;

/** A revert that was begun is finished, even if nobody asks for it any more: the disks may be half reverted. */
export function isToBeReverted({ spec, status, metadata }: VirtualMachineSnapshot): boolean {
  if (status?.phase === 'Reverting') return true;
  if (spec.revert === undefined || spec.revert === status?.reverted) return false;
  const failed = status?.conditions?.find(({ type, status: holds }) => type === 'Reverted' && holds === 'False');
  return failed === undefined || failed.observedGeneration !== metadata.generation;
}

/** Whether every volume still holds it. */
export const isWhole = ({ status }: VirtualMachineSnapshot, { held, gone }: ObservedSnapshot): boolean =>
  status?.takenAt !== undefined &&
  gone.length === 0 &&
  held.length > 0 &&
  held.every(({ snapshot }) => snapshot !== undefined);

/** One that is being taken, or put back to, is finished first. */
export const canExpire = ({ status, metadata }: VirtualMachineSnapshot): boolean =>
  metadata.deletionTimestamp === undefined && (status?.phase === 'Ready' || status?.phase === 'Failed');

/** Milliseconds until the snapshot expires, negative when it has; nothing when it does not. */
export function expiresInMs({ spec, status }: VirtualMachineSnapshot, nowMs: number): number | undefined {
  if (spec.expiresAfter === undefined || status?.takenAt === undefined) return undefined;
  return Date.parse(status.takenAt) + parseDuration(spec.expiresAfter) - nowMs;
}
