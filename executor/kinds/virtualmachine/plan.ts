import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { isHeld } from '../../controller/finalizer.ts';
import type { Action } from './actions.ts';
import type { Observed } from './observed.ts';
import { planAlive } from './plan-alive.ts';
import { planGone } from './plan-gone.ts';

/** A qemu that lives and does not answer may be about to end, or go on at any moment: it is looked at ever more seldom. */
const SILENT = { firstMs: 50, longestMs: 30_000 } as const;

/** A guest that does not answer is asked again this often; until then all else goes on. */
const THAW_EVERY_MS = 5000;

/** This node, as far as placement goes. */
export interface Placement {
  readonly nodeName: string;
  /** Whether machines without a node are this one's: it is the only one. */
  readonly standalone: boolean;
}

/** Whether a machine is this node's to act upon. */
export const isOurs = ({ spec }: VirtualMachine, { nodeName, standalone }: Placement): boolean =>
  spec.nodeName === nodeName || (spec.nodeName === undefined && standalone);

/** What to do next for a machine; an empty list when it is as it should be. Pure. */
export function plan(machine: VirtualMachine, seen: Observed, placement: Placement): Action[] {
  if (!isOurs(machine, placement)) return [];
  const deleting = machine.metadata.deletionTimestamp !== undefined;
  if (deleting && !isHeld(machine)) return [];
  const bind = machine.spec.nodeName === undefined;
  if (!deleting && (bind || !isHeld(machine))) return [{ type: 'adopt', bind }];
  const creates =
    deleting || seen.invalid ? [] : seen.missingDisks.map((disk) => ({ type: 'create-disk', disk }) as const);
  if (!deleting && seen.revertingTo !== undefined) return creates;
  return [...creates, ...planPower(machine, seen), ...(deleting ? [] : planSeed(seen))];
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

function planPower(machine: VirtualMachine, seen: Observed): Action[] {
  if (seen.process.state === 'gone') return planGone(machine, seen);
  if (seen.process.state === 'unknown' || !seen.qemu) {
    return [{ type: 'wait', ms: Math.min(Math.max(seen.silentMs, SILENT.firstMs), SILENT.longestMs) }];
  }
  return [...planThaw(seen), ...planAlive(machine, seen, seen.qemu)];
}
