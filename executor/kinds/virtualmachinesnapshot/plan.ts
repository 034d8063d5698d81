import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { parseDuration } from '../../../schemas/types/duration.ts';
import { isHeld } from '../../controller/finalizer.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedSnapshot } from './observe.ts';

export type SnapshotAction = 'hold' | 'take' | 'revert' | 'expire' | 'remove' | 'release';

/** What to do next; to take one that is inside its machine's volumes holds it as well. `nowMs` in milliseconds since the epoch; `again`: it is time to try what failed and may work by now. */
export function planSnapshot(
  snapshot: VirtualMachineSnapshot,
  observed: ObservedSnapshot,
  nowMs: number,
  again = true,
): SnapshotAction[] {
  if (isDeleting(snapshot)) return isHeld(snapshot) ? ['remove', 'release'] : [];
  const expires = expiresInMs(snapshot, nowMs);
  const expired = expires !== undefined && expires <= 0 && canExpire(snapshot);
  if (!observed.machine) return expired && snapshot.spec.backup ? ['expire'] : [];
  const hold: SnapshotAction[] = isOwned(snapshot, observed.machine) ? [] : ['hold'];
  if (expired) return ['expire'];
  if (isToBeTaken(snapshot, observed, again)) return outlasts(snapshot) ? [...hold, 'take'] : ['take'];
  return isToBeReverted(snapshot, again) && isWhole(snapshot, observed) ? [...hold, 'revert'] : hold;
}

/** Held by us, and by its machine: also one that was never taken goes with it. */
const isOwned = (snapshot: VirtualMachineSnapshot, machine: VirtualMachine): boolean =>
  isHeld(snapshot) && (outlasts(snapshot) || isOwnedBy(snapshot, machine));

/** A backup is there for when its machine is not. */
export const outlasts = ({ spec }: VirtualMachineSnapshot): boolean => spec.backup !== undefined;

const isOwnedBy = (snapshot: VirtualMachineSnapshot, machine: VirtualMachine): boolean =>
  snapshot.metadata.ownerReferences?.some(({ uid }) => uid === machine.metadata.uid) === true;

/** One that failed is taken again when its spec was changed, or what kept it may have passed; one that was taken once, never. */
function isToBeTaken(snapshot: VirtualMachineSnapshot, { obstacle }: ObservedSnapshot, again: boolean): boolean {
  const { phase = 'Pending', takenAt, observedGeneration } = snapshot.status ?? {};
  if (phase === 'Taking') return true;
  if (obstacle || takenAt !== undefined) return false;
  if (phase === 'Failed' && observedGeneration === snapshot.metadata.generation) return again && mayPass(snapshot);
  return phase === 'Pending' || phase === 'Failed';
}

/** What others than the snapshot can mend, and of which nobody is told: it is tried again later and later. All else stays. */
const PASSING: ReadonlySet<string> = new Set([
  'NoSpace',
  'AgentNotConnected',
  'FreezeFailed',
  'GuestPaused',
  'MethodMixed',
  'ChainChanged',
  'DiskBusy',
]);

export const passes = (reason: string): boolean => PASSING.has(reason);

/** Whether a snapshot, or a revert to it, failed for a reason that may pass. */
export function mayPass({ spec, status }: VirtualMachineSnapshot): boolean {
  const why = (type: string) => status?.conditions?.find((one) => one.type === type && one.status === 'False')?.reason;
  if (status?.phase === 'Failed' && status.takenAt === undefined) return passes(why('Ready') ?? '');
  return spec.revert !== undefined && spec.revert !== status?.reverted && passes(why('Reverted') ?? '');
}

/** A revert that was begun is finished, even if nobody asks for it any more: the disks may be half reverted. */
export function isToBeReverted(snapshot: VirtualMachineSnapshot, again: boolean): boolean {
  const { spec, status, metadata } = snapshot;
  if (status?.phase === 'Reverting') return true;
  if (spec.revert === undefined || spec.revert === status?.reverted) return false;
  const failed = status?.conditions?.find(({ type, status: holds }) => type === 'Reverted' && holds === 'False');
  const told = failed !== undefined && failed.observedGeneration === metadata.generation;
  return !told || (again && mayPass(snapshot));
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
