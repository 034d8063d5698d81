import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { isHeld } from '../../controller/finalizer.ts';
import type { StopReason } from '../../controller/types.ts';
import type { Action } from './actions.ts';
import { goalOf } from './goal.ts';
import { holderOf, isLeaving, isOurs, type Placement, whyNotHere } from './holder.ts';
import type { Observed } from './observed.ts';
import { planAlive } from './plan-alive.ts';
import { planGone } from './plan-gone.ts';

/** A qemu that lives and does not answer may be about to end, or go on at any moment: it is looked at ever more seldom. */
const SILENT = { firstMs: 50, longestMs: 30_000 } as const;

/** No object changes when a lease comes back: whoever stopped for it asks. */
const LEASE_MS = 1000;

/** A guest that does not answer is asked again this often; until then all else goes on. */
const THAW_EVERY_MS = 5000;

/** What to do next for a machine; an empty list when it is as it should be. Pure. */
export function plan(machine: VirtualMachine, seen: Observed, placement: Placement): Action[] {
  if (!isOurs(machine, placement)) return [];
  if (isLeaving(machine, placement)) return planLeave(machine, seen);
  const deleting = machine.metadata.deletionTimestamp !== undefined;
  if (deleting && !isHeld(machine)) return [];
  const bind = machine.spec.nodeName === undefined;
  const obstacle = placement.standalone ? undefined : whyNotHere(machine, placement.nodeName);
  if (obstacle?.reason === 'HeldElsewhere') return planElsewhere(seen);
  if (!deleting && (bind || !isHeld(machine))) return [{ type: 'adopt', bind }];
  const lost = placement.leaseLost && machine.spec.leaseLostPolicy === 'Stop';
  if (!deleting && (lost || obstacle)) return planOff(machine, seen, lost === true);
  if (mustTake(machine, placement)) return [{ type: 'take' }];
  const creates =
    deleting || seen.invalid ? [] : seen.missingDisks.map((disk) => ({ type: 'create-disk', disk }) as const);
  if (!deleting && seen.revertingTo !== undefined) return creates;
  return [...creates, ...planPower(machine, seen), ...(deleting ? [] : planSeed(seen))];
}

/** Another node has the machine. One that lives here all the same was let go of without us, by a fence that missed. */
const planElsewhere = ({ process }: Observed): Action[] =>
  process.state === 'running' ? [{ type: 'halt', reason: 'NodeFenced', crashed: false, held: false }] : [];

const stopped = (machine: VirtualMachine): VirtualMachine => ({
  ...machine,
  spec: { ...machine.spec, powerState: 'Stopped' },
});

/** Not to be started now. One that runs without its reservation goes on; without its node's lease it is stopped. */
function planOff(machine: VirtualMachine, seen: Observed, leaseLost: boolean): Action[] {
  if (leaseLost) return [...planPower(stopped(machine), seen, 'LeaseLost'), { type: 'wait', ms: LEASE_MS }];
  return planPower(seen.process.state === 'gone' ? stopped(machine) : machine, seen);
}

/** A machine that a person bound here: that this node has it is to be known before it runs. */
const mustTake = (machine: VirtualMachine, { nodeName, standalone }: Placement): boolean =>
  !standalone && goalOf(machine) !== 'Stopped' && holderOf(machine) !== nodeName;

/** Stopped in order, and only then let go of: from then on another node may have it. */
function planLeave(machine: VirtualMachine, seen: Observed): Action[] {
  const actions = planPower(stopped(machine), seen, 'Evicted');
  const idle = actions.every(({ type }) => type === 'free-taps' || type === 'settle' || type === 'acknowledge');
  return seen.process.state === 'gone' && idle ? [...actions, { type: 'leave' }] : actions;
}

/** What it is made from is looked at again. */
const planSeed = ({ seedAgainMs }: Observed): Action[] =>
  seedAgainMs === undefined ? [] : [{ type: 'wait', ms: seedAgainMs }];

/** A guest that stands still cannot even be shut down in order. */
function planThaw({ frozen, now }: Observed): Action[] {
  if (!frozen) return [];
  const wait = frozen.triedAt + THAW_EVERY_MS - now;
  return wait > 0 ? [{ type: 'wait', ms: wait }] : [{ type: 'thaw' }];
}

function planPower(machine: VirtualMachine, seen: Observed, reason: StopReason = 'Requested'): Action[] {
  if (seen.process.state === 'gone') return planGone(machine, seen);
  if (seen.process.state === 'unknown' || !seen.qemu) {
    return [{ type: 'wait', ms: Math.min(Math.max(seen.silentMs, SILENT.firstMs), SILENT.longestMs) }];
  }
  return [...planThaw(seen), ...planAlive(machine, seen, seen.qemu, reason)];
}
