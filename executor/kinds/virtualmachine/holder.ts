import { HOLDER, RELEASED, RESERVATION } from '../../../schemas/kinds/annotations.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

/** This node, as far as placement goes. */
export interface Placement {
  readonly nodeName: string;
  /** Whether machines without a node are this one's: it is the only one. */
  readonly standalone: boolean;
  /** Whether this node may be taken for dead: its lease ran out. */
  readonly leaseLost?: boolean;
}

type Bound = Pick<VirtualMachine, 'metadata' | 'spec' | 'status'>;

/** What a machine's reservation says: the node that it is on, `Released`, or nothing for one that a person bound. */
export const reservationOf = ({ metadata }: Pick<VirtualMachine, 'metadata'>): string | undefined =>
  metadata.annotations?.[RESERVATION];

/**
 * The node that may have a qemu of the machine, whatever its spec says by now: nobody else starts it before that node has
 * let go of it, or was fenced.
 */
export function holderOf(machine: Bound): string | undefined {
  const reserved = reservationOf(machine) ?? machine.metadata.annotations?.[HOLDER];
  return machine.status?.nodeName ?? (reserved === RELEASED ? undefined : reserved);
}

const isBoundHere = ({ spec }: Bound, { nodeName, standalone }: Placement): boolean =>
  spec.nodeName === nodeName || (spec.nodeName === undefined && standalone);

/** Whether a machine's spec wants it elsewhere, or nowhere, while this node has it still. */
export const isLeaving = (machine: Bound, placement: Placement): boolean =>
  !isBoundHere(machine, placement) && holderOf(machine) === placement.nodeName;

/** Whether a machine is this node's to act upon: to run, or to let go of. */
export const isOurs = (machine: Bound, placement: Placement): boolean =>
  isBoundHere(machine, placement) || isLeaving(machine, placement);

/** Why this node may not start a machine that is bound to it; nothing when it may. Pure. */
export function whyNotHere(machine: Bound, nodeName: string): { reason: string; message: string } | undefined {
  const holder = holderOf(machine);
  if (holder !== undefined && holder !== nodeName) {
    const message = `the node ${holder} has the machine still: it is started here once that node has let go of it, or was fenced`;
    return { reason: 'HeldElsewhere', message };
  }
  const reserved = reservationOf(machine);
  if (reserved === undefined || reserved === nodeName) return undefined;
  return { reason: 'NoReservation', message: 'the machine waits for its reservation' };
}

/** The same in the scheduler's own words, where it has said something of a machine that waits for it. */
export function whyNotStarted(machine: Bound, placement: Placement): { reason: string; message: string } | undefined {
  const why = placement.standalone ? undefined : whyNotHere(machine, placement.nodeName);
  if (why?.reason !== 'NoReservation' || machine.spec.powerState === 'Stopped') return why;
  const said = machine.status?.conditions?.find(({ type, status }) => type === 'Scheduled' && status === 'False');
  return said ?? why;
}
