import { type Backoff, backoffDelay } from '../../controller/backoff.ts';
import type { StopReason } from '../../controller/types.ts';
import { timestampOf } from '../common/condition.ts';
import type { Verdict } from './actions.ts';
import type { MachineRecord, StartFailure } from './record.ts';

/** A machine that ran this long has recovered: the next crash is its first. */
const RECOVERED_MS = 600_000;
const BY_ITSELF: readonly StopReason[] = ['QemuExited', 'GuestPanic', 'GuestShutdown'];

export interface End extends Verdict {
  readonly reason: StopReason;
  readonly message?: string;
}

type Moment = { readonly now: number; readonly backoff: Backoff; readonly random?: number };

/** The record after a machine has ended. */
export function afterEnd(record: MachineRecord, end: End, { now, backoff, random }: Moment): MachineRecord {
  const { launched, stopping: _stopping, notBefore: _notBefore, ...rest } = record;
  const ranMs = launched ? now - Date.parse(launched.startedAt) : 0;
  const before = ranMs > RECOVERED_MS ? 0 : record.failures;
  const failures = end.crashed ? before + 1 : 0;
  const { reason, message } = end;
  const lastStop = { reason, ...(message !== undefined && { message }), time: timestampOf(now) };
  const wait = end.crashed ? { notBefore: now + backoffDelay(backoff, failures, random) } : {};
  const again = !end.held && BY_ITSELF.includes(reason);
  return { ...rest, lastStop, failures, held: end.held, again, ...wait };
}

/** The record after a start that came to nothing. */
export function afterFailedStart(
  record: MachineRecord,
  failure: StartFailure,
  { now, backoff, random }: Moment,
): MachineRecord {
  const { launched: _launched, ...rest } = record;
  const failures = record.failures + 1;
  return { ...rest, startFailure: failure, failures, notBefore: now + backoffDelay(backoff, failures, random) };
}

/** The record before a start: the tokens that it answers are done by it. `spec.requests.restart` is the one wanted now. */
export function beforeStart(record: MachineRecord, wanted: MachineRecord['done'], byPolicy: boolean): MachineRecord {
  const { stopping: _stopping, notBefore: _notBefore, doing, done, ...rest } = record;
  const restart = doing.restart ?? wanted.restart ?? done.restart;
  const reset = doing.reset ?? wanted.reset ?? done.reset;
  return {
    ...rest,
    doing: {},
    done: { ...(restart !== undefined && { restart }), ...(reset !== undefined && { reset }) },
    held: false,
    again: false,
    restarts: byPolicy ? record.restarts + 1 : record.restarts,
  };
}

/** The record of a machine that is off as it should be. */
export function settled(record: MachineRecord): MachineRecord {
  const { startFailure: _failure, notBefore: _notBefore, ...rest } = record;
  return { ...rest, failures: 0, restarts: 0, held: false, again: false };
}
