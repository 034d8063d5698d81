import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { StopReason } from '../../controller/types.ts';
import type { RunState } from '../../qmp/index.ts';
import type { Action } from './actions.ts';
import { planChanges } from './changes.ts';
import { goalOf } from './goal.ts';
import type { Answer, Observed } from './observed.ts';
import { planPassts } from './passt.ts';
import { planStop } from './plan-stop.ts';
import { judge } from './restart-policy.ts';

/** What failed is tried again this often: a disk, or one whose file system has room and whose quota has not. */
const RETRY_MS = 30_000;
/** What a failed try itself sets off is over by then. */
const SETTLING_MS = 5000;
/** There is no event for room: it is looked for this often, and where there is some the guest goes on. */
const LOOK_FOR_ROOM_MS = 2000;

/** States in which a guest that should run waits for somebody to let it. */
const WAITING: readonly RunState[] = ['paused', 'prelaunch', 'postmigrate'];

/** Plans for a machine whose qemu answers. */
export function planAlive(
  machine: VirtualMachine,
  seen: Observed,
  qemu: Answer,
  reason: StopReason = 'Requested',
): Action[] {
  const ended = planEnd(machine, seen, qemu);
  if (ended) return [ended];
  if (goalOf(machine) === 'Stopped') return planStop(machine, seen, qemu, reason);
  return (
    planRequests(machine, seen, qemu) ?? [
      ...planPower(machine, seen, qemu),
      ...planChanges(machine, seen),
      ...planTaps(seen),
      ...planPassts(seen),
      ...planStrays(seen),
    ]
  );
}

/** Taps that the running machine does not have: somebody was killed between taking an interface away and its tap. */
function planTaps({ taps, record }: Observed): Action[] {
  const used = new Set(
    Object.values(record.launched?.networks ?? {}).map(({ tap, macvtap }) => (tap ?? macvtap)?.device),
  );
  const devices = taps.filter((device) => !used.has(device));
  return devices.length > 0 && record.launched?.ready ? [{ type: 'free-taps', devices }] : [];
}

const planStrays = ({ strays }: Observed): Action[] => (strays.length > 0 ? [{ type: 'close-strays', strays }] : []);

/** The guest is at its end; qemu stays until we have seen how. */
function planEnd(machine: VirtualMachine, { record }: Observed, { status }: Answer): Action | undefined {
  const policy = machine.spec.restartPolicy;
  if (status === 'shutdown') {
    const reason = record.stopping?.reason ?? (record.doing.restart === undefined ? 'GuestShutdown' : 'Requested');
    return { type: 'halt', reason, ...judge(policy, reason) };
  }
  if (status === 'guest-panicked') {
    return {
      type: 'halt',
      reason: 'GuestPanic',
      message: 'the guest reported a crash',
      ...judge(policy, 'GuestPanic'),
    };
  }
  if (status !== 'internal-error') return undefined;
  const message = 'the virtual processor met an internal error';
  return { type: 'halt', reason: 'QemuExited', message, ...judge(policy, 'QemuExited') };
}

/** Restart and reset: written down, done, acknowledged, in this order. */
function planRequests(machine: VirtualMachine, seen: Observed, qemu: Answer): Action[] | undefined {
  const { doing, done } = seen.record;
  const { restart, reset } = machine.spec.requests ?? {};
  if (doing.restart !== undefined) return planStop(machine, seen, qemu, 'Requested');
  if (doing.reset !== undefined) return planReset(doing.reset, qemu);
  if (restart !== undefined && restart !== done.restart) return [{ type: 'begin', request: 'restart', token: restart }];
  if (reset !== undefined && reset !== done.reset) return [{ type: 'begin', request: 'reset', token: reset }];
  return undefined;
}

/** A reset is made while paused, since qemu goes to `prelaunch` by it: that tells, after a kill, whether it was done. */
const planReset = (token: string, { status }: Answer): Action[] =>
  status === 'prelaunch' ? [{ type: 'acknowledge', request: 'reset', token }] : [{ type: 'reset' }];

function planPower(machine: VirtualMachine, seen: Observed, { status, full }: Answer): Action[] {
  if (machine.spec.powerState === 'Paused') return status === 'running' ? [{ type: 'pause' }] : cancel(seen);
  if (WAITING.includes(status)) return [{ type: 'continue' }];
  if (status === 'io-error') return planFull(seen, full);
  return cancel(seen);
}

/** Each try wakes the guest for a moment, and is not made without a reason: time, room, or a change of the machine. */
function planFull({ now, triedAt, hasRoom }: Observed, full: readonly string[]): Action[] {
  const again: Action = { type: 'wait', ms: full.length > 0 ? LOOK_FOR_ROOM_MS : RETRY_MS };
  if (triedAt === undefined) return [{ type: 'note-full', disks: full }, again];
  const since = now - triedAt;
  const due = full.length === 0 ? since >= SETTLING_MS : since >= (hasRoom ? LOOK_FOR_ROOM_MS : RETRY_MS);
  return due ? [{ type: 'continue' }, again] : [again];
}

/** Asked to shut down, wanted again: the guest may still go down and is started again then; it is not forced to. */
function cancel({ record, now }: Observed): Action[] {
  if (!record.stopping) return [];
  const wait = record.stopping.deadline - now;
  return wait > 0 ? [{ type: 'wait', ms: wait }] : [{ type: 'cancel-stop' }];
}
