import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Action } from './actions.ts';
import { goalOf } from './goal.ts';
import type { Observed } from './observed.ts';
import { judge } from './restart-policy.ts';

/** Plans for a machine that has no qemu. */
export function planGone(machine: VirtualMachine, seen: Observed): Action[] {
  const noted = noteStop(machine, seen);
  if (noted) return [noted];
  if (seen.record.launched) return [{ type: 'drop-start' }];
  if (machine.metadata.deletionTimestamp !== undefined)
    return [...freeTaps(seen), { type: 'forget' }, { type: 'release' }];
  if (goalOf(machine) === 'Stopped') return [...freeTaps(seen), ...acknowledgeAll(machine, seen), ...settle(seen)];
  return planStart(machine, seen);
}

/** A tap without a qemu behind it is of no use; a machine that is started again keeps its own. */
const freeTaps = ({ taps: devices }: Observed): Action[] =>
  devices.length > 0 ? [{ type: 'free-taps', devices }] : [];

/** qemu ended and nobody wrote down why. One that ended before it ever answered leaves nothing to say. */
function noteStop(machine: VirtualMachine, { record, bootId }: Observed): Action | undefined {
  const { launched, stopping, doing } = record;
  if (!launched?.ready) return undefined;
  if (launched.bootId !== bootId) {
    return {
      type: 'note-stop',
      reason: 'HostRestarted',
      message: 'the host was restarted',
      crashed: false,
      held: false,
    };
  }
  if (stopping) return { type: 'note-stop', reason: stopping.reason, crashed: false, held: false };
  if (doing.restart !== undefined) return { type: 'note-stop', reason: 'Requested', crashed: false, held: false };
  return { type: 'note-stop', reason: 'QemuExited', ...judge(machine.spec.restartPolicy, 'QemuExited') };
}

/** A machine that is off has nothing to restart or to reset: the request is answered by doing nothing. */
function acknowledgeAll(machine: VirtualMachine, { record }: Observed): Action[] {
  return (['restart', 'reset'] as const).flatMap((request) => {
    const token = machine.spec.requests?.[request];
    return token !== undefined && token !== record.done[request]
      ? [{ type: 'acknowledge', request, token } as const]
      : [];
  });
}

const settle = ({ record }: Observed): Action[] =>
  record.held || record.failures > 0 || record.startFailure || record.restarts > 0 ? [{ type: 'settle' }] : [];

function planStart(machine: VirtualMachine, seen: Observed): Action[] {
  const { record, resources, now } = seen;
  const token = machine.spec.requests?.restart;
  const asked = token !== undefined && token !== record.done.restart;
  if (record.held && !asked) return [];
  if (seen.invalid || seen.refusal || seen.missingDisks.length > 0) return [];
  if (resources.diskProblems.length > 0 || resources.networkProblems.length > 0) return [];
  if (!asked && record.notBefore !== undefined && record.notBefore > now) {
    return [{ type: 'wait', ms: record.notBefore - now }];
  }
  return [{ type: 'launch', byPolicy: !asked && record.again }];
}
