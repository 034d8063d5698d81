import type { VirtualMachineSnapshot, VirtualMachineSnapshotStatus } from '../../../schemas/kinds/snapshot.ts';
import type { Condition } from '../../../schemas/types/condition.ts';
import { formatSize } from '../../../schemas/types/size.ts';
import { makeCondition, no, timestampOf, type Verdict, withCondition, yes } from '../common/condition.ts';
import { failureOf } from '../common/failure.ts';
import { isDeleting } from '../common/object.ts';
import { SnapshotError } from './errors.ts';
import type { ObservedSnapshot } from './observe.ts';
import { passes, type SnapshotAction } from './plan.ts';

type Phase = NonNullable<VirtualMachineSnapshotStatus['phase']>;

/** What an action met. */
export interface Failed {
  readonly action: SnapshotAction;
  readonly error: Error;
}

interface State {
  readonly phase: Phase;
  readonly ready: Verdict;
}

/** @param now RFC 3339 */
export function snapshotStatus(
  snapshot: VirtualMachineSnapshot,
  observed: ObservedSnapshot,
  failed: Failed | undefined,
  now: string,
  progress?: number,
): VirtualMachineSnapshotStatus {
  const { progress: _before, ...before } = snapshot.status ?? {};
  const { phase, ready } = stateOf(snapshot, observed, failed);
  const generation = snapshot.metadata.generation;
  return {
    ...before,
    ...(progress !== undefined && { progress }),
    ...(generation !== undefined && { observedGeneration: generation }),
    phase,
    ready: ready.status === 'True',
    ...(isInside(snapshot) && taken(observed)),
    conditions: conditionsOf(snapshot, phase, ready, failed, now),
  };
}

/** Of others, whoever took them has written it down. */
const isInside = ({ spec }: VirtualMachineSnapshot): boolean => spec.method === 'Internal' && !spec.backup;

/** When it was taken, and how much memory it holds: the volumes know. */
function taken({ held }: ObservedSnapshot): Pick<VirtualMachineSnapshotStatus, 'takenAt' | 'size'> {
  const times = held.flatMap(({ snapshot }) => (snapshot ? [snapshot.takenAt] : []));
  if (times.length === 0 || times.length < held.length) return {};
  const memory = held.reduce((sum, { snapshot }) => sum + (snapshot?.memoryBytes ?? 0n), 0n);
  return { takenAt: timestampOf(Math.max(...times)), ...(memory > 0n && { size: formatSize(memory) }) };
}

function conditionsOf(
  snapshot: VirtualMachineSnapshot,
  phase: Phase,
  ready: Verdict,
  failed: Failed | undefined,
  now: string,
): Condition[] {
  const conditions = withCondition(snapshot.status?.conditions, makeCondition(snapshot, 'Ready', ready, now));
  const reverted = revertedVerdict(snapshot, phase, failed);
  return reverted ? withCondition(conditions, makeCondition(snapshot, 'Reverted', reverted, now)) : conditions;
}

function revertedVerdict(
  { spec, status }: VirtualMachineSnapshot,
  phase: Phase,
  failed: Failed | undefined,
): Verdict | undefined {
  if (failed?.action === 'revert') return no(failureOf(failed.error, 'RevertFailed').reason, failed.error.message);
  if (phase === 'Reverting') return undefined;
  if (spec.revert === undefined || spec.revert !== status?.reverted) return undefined;
  return yes('Reverted', 'the machine was put back to the snapshot');
}

function stateOf(snapshot: VirtualMachineSnapshot, observed: ObservedSnapshot, failed: Failed | undefined): State {
  if (isDeleting(snapshot)) return deleting(failed);
  if (!observed.machine && !snapshot.spec.backup)
    return { phase: phaseWithout(snapshot), ready: machineMissing(snapshot) };
  if (failed?.action === 'take') return notTaken(failed.error);
  const before = snapshot.status?.phase;
  if (before === 'Reverting' && !(failed?.error instanceof SnapshotError)) {
    return { phase: 'Reverting', ready: no('Reverting', 'the machine is being put back') };
  }
  if (snapshot.spec.backup && before === 'Taking' && snapshot.status?.takenAt === undefined) {
    return { phase: 'Taking', ready: no('Copying', 'the disks are being copied') };
  }
  return observed.held.length > 0 || observed.gone.length > 0
    ? present(snapshot, observed)
    : absent(snapshot, observed);
}

function deleting(failed: Failed | undefined): State {
  const why = failed ? no('RemovalFailed', `${failed.error.message} (it is tried again)`) : undefined;
  return { phase: 'Deleting', ready: why ?? no('Deleting', 'the snapshot is being removed from its volumes') };
}

const phaseWithout = ({ status }: VirtualMachineSnapshot): Phase =>
  status?.takenAt === undefined ? 'Pending' : (status.phase ?? 'Ready');

const machineMissing = ({ spec }: VirtualMachineSnapshot): Verdict =>
  no('MachineNotFound', `the machine ${spec.virtualMachine.name} is not there: create it, or delete the snapshot`);

function notTaken(error: Error): State {
  const { reason, message } = failureOf(error, 'SnapshotFailed');
  if (!isFinal(error)) return { phase: 'Taking', ready: no(reason, `${message} (it is tried again)`) };
  const next = passes(reason)
    ? 'it is tried again, later and later'
    : 'change its spec to have it tried again, or delete it';
  return { phase: 'Failed', ready: no(reason, `${message} (${next})`) };
}

const readyWords = ({ spec }: VirtualMachineSnapshot): string =>
  spec.backup ? 'a machine can be restored from it' : 'the machine can be put back to it';

/** That there is no room is known before anything was done. */
export const isFinal = (error: Error): boolean => error instanceof SnapshotError || error.name === 'NoSpaceError';

function present(snapshot: VirtualMachineSnapshot, { held, gone }: ObservedSnapshot): State {
  const missing = [...gone, ...held.filter((target) => target.snapshot === undefined).map(({ name }) => name)];
  if (missing.length === 0) return { phase: 'Ready', ready: yes('Ready', readyWords(snapshot)) };
  if (snapshot.status?.phase === 'Failed') return unchanged(snapshot, 'Failed');
  const what = snapshot.spec.backup ? 'the copy of the disk' : 'the volume of the disk';
  const message = `${what} ${missing.join(', ')} does not hold the snapshot any more: delete it`;
  return { phase: 'Failed', ready: no('SnapshotIncomplete', message) };
}

function absent(snapshot: VirtualMachineSnapshot, { obstacle }: ObservedSnapshot): State {
  const tried =
    snapshot.status?.phase === 'Failed' && snapshot.status.observedGeneration === snapshot.metadata.generation;
  if (tried) return unchanged(snapshot, 'Failed');
  if (obstacle) {
    return { phase: obstacle.final ? 'Failed' : 'Pending', ready: no(obstacle.reason, obstacle.message) };
  }
  return unchanged(snapshot, snapshot.status?.phase ?? 'Pending');
}

/** One that failed keeps saying why. */
function unchanged({ status }: VirtualMachineSnapshot, phase: Phase): State {
  const before = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    phase,
    ready: before ? no(before.reason, before.message) : no('Pending', 'the snapshot is about to be taken'),
  };
}
