import { RELEASED } from '../../../schemas/kinds/annotations.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { isHeld } from '../../controller/finalizer.ts';
import { goalOf } from '../../kinds/virtualmachine/goal.ts';
import { holderOf, reservationOf } from '../../kinds/virtualmachine/holder.ts';
import type { Pod } from './pod.ts';
import type { Where } from './where.ts';

/** Everything that is done to place a machine. */
export type PlacementAction =
  /** Ask for a place: near `preferred`, or again on the node where the machine is. */
  | { readonly type: 'reserve'; readonly preferred?: string; readonly on?: string }
  /** The scheduler has found one: write it down. */
  | { readonly type: 'bind'; readonly nodeName: string }
  /** Take the machine off its node, which then stops it in order and lets go of it. */
  | { readonly type: 'evict' }
  /** Write down who has the machine still: by that its executor finds what is not bound to it any more. */
  | { readonly type: 'name-holder'; readonly nodeName: string }
  /** A machine that was stopped gives back what it reserved. */
  | { readonly type: 'give-back' }
  /** The reservation has done what it was for. */
  | { readonly type: 'free-pod' }
  /** The machine's node was fenced: it has the machine no more. */
  | { readonly type: 'take-from'; readonly nodeName: string }
  /** Nobody has the machine that is being deleted. */
  | { readonly type: 'release' }
  /** The scheduler has hardly had time to look: what it says is worth writing down, not that it has said nothing yet. */
  | { readonly type: 'wait' }
  /** Say why the machine has no node. */
  | { readonly type: 'report'; readonly reason: string; readonly message: string };

export interface Observed {
  readonly pod: Pod | undefined;
  /** Whether the reservation was made a moment ago. */
  readonly isNew?: boolean;
  readonly where: Where;
  /** Whether a node is known to be off for good. */
  readonly isFenced: (nodeName: string) => boolean;
}

/** Deleted, evicted by a drain, preempted, or ended by its kubelet: it will not come back. */
const isEnding = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined || status?.phase === 'Failed' || status?.phase === 'Succeeded';

/** What to do next for a machine's place; nothing when it has what it should. Pure. */
export function planPlacement(machine: VirtualMachine, seen: Observed): PlacementAction[] {
  const holder = holderOf(machine);
  const { nodeName } = machine.spec;
  if (holder !== undefined && seen.isFenced(holder)) return planFenced(machine, holder);
  if (holder !== undefined && holder !== nodeName && machine.status?.nodeName === undefined) {
    return [{ type: 'name-holder', nodeName: holder }];
  }
  if (machine.metadata.deletionTimestamp !== undefined) return planDeletion(machine, holder, seen);
  if (nodeName !== undefined) return planBound(machine, nodeName, seen);
  return holder === undefined ? planUnbound(machine, seen) : [];
}

/** One that a person bound stays bound; its node is to start it when it is back, or it is bound elsewhere once stopped. */
function planFenced(machine: VirtualMachine, holder: string): PlacementAction[] {
  const placed = reservationOf(machine) !== undefined && machine.spec.nodeName === holder;
  return [...(placed ? [{ type: 'evict' } as const] : []), { type: 'take-from', nodeName: holder }];
}

/** The node that is to have it frees it, unless that node is off. */
function planDeletion(machine: VirtualMachine, holder: string | undefined, { isFenced }: Observed): PlacementAction[] {
  const { nodeName } = machine.spec;
  const nobody = holder === undefined && (nodeName === undefined || isFenced(nodeName));
  return nobody && isHeld(machine) ? [{ type: 'release' }] : [];
}

function planUnbound(machine: VirtualMachine, { pod, where, isNew }: Observed): PlacementAction[] {
  const wanted = goalOf(machine) !== 'Stopped';
  if (pod && (isEnding(pod) || !wanted)) return [{ type: 'free-pod' }];
  if (!wanted) return [{ type: 'report', reason: 'Stopped', message: 'a machine that is off needs no node' }];
  if (pod?.spec.nodeName !== undefined) return [{ type: 'bind', nodeName: pod.spec.nodeName }];
  return pod ? [sayWhy(pod, isNew)] : reserve(where, {});
}

/** Where no node has all that the machine needs, the scheduler could only say that no node matches. */
function reserve(where: Where, how: { preferred?: string }): PlacementAction[] {
  if (where.nodes?.length !== 0) return [{ type: 'reserve', ...how }];
  const message = `no node has all that the machine needs: ${where.ties.join('; ')}`;
  return [{ type: 'report', reason: 'NoNodeFits', message }];
}

function sayWhy({ status }: Pod, isNew = false): PlacementAction {
  const said = status?.conditions?.find(({ type, status: holds }) => type === 'PodScheduled' && holds === 'False');
  if (!said && isNew) return { type: 'wait' };
  const { reason = 'Pending', message = 'the scheduler has not looked at it yet' } = said ?? {};
  return { type: 'report', reason, message };
}

function planBound(machine: VirtualMachine, nodeName: string, seen: Observed): PlacementAction[] {
  const reserved = reservationOf(machine);
  const { pod } = seen;
  if (reserved === RELEASED) return planReturn(machine, nodeName, seen);
  if (reserved !== nodeName) return pod ? [{ type: 'free-pod' }] : [];
  if (isOff(machine)) return [{ type: 'give-back' }];
  if (!pod) return goalOf(machine) === 'Stopped' ? [] : [{ type: 'reserve', on: nodeName }];
  return isEnding(pod) ? [{ type: 'evict' }] : [];
}

/** Seen to be off by its node, as it should be. */
const isOff = ({ metadata, spec, status }: VirtualMachine): boolean =>
  spec.powerState === 'Stopped' &&
  status?.powerState === 'Stopped' &&
  status.nodeName === spec.nodeName &&
  status.observedGeneration === metadata.generation;

/** A machine that gave its reservation back, and stays on its node: when it is wanted again it needs a new one. */
function planReturn(machine: VirtualMachine, nodeName: string, { pod, where, isNew }: Observed): PlacementAction[] {
  const wanted = goalOf(machine) !== 'Stopped';
  if (pod && (isEnding(pod) || !wanted)) return [{ type: 'free-pod' }];
  if (!wanted) return [];
  if (!pod) return reserve(where, { preferred: nodeName });
  if (pod.spec.nodeName === undefined) return [sayWhy(pod, isNew)];
  return pod.spec.nodeName === nodeName ? [{ type: 'bind', nodeName }] : [{ type: 'evict' }];
}
