import type { VirtualMachineSnapshot, VirtualMachineSnapshotStatus } from '../../../schemas/kinds/snapshot.ts';
import type { Context, Outcome } from '../../controller/types.ts';
import { makeCondition, no, timestampOf, withCondition } from '../common/condition.ts';
import { isDeleting, keyOf } from '../common/object.ts';

/** Nothing tells this node that a machine went which it never had. */
const LOOK_AGAIN_MS = 600_000;

const isWaiting = (snapshot: VirtualMachineSnapshot): boolean =>
  !isDeleting(snapshot) && (snapshot.status?.phase ?? 'Pending') === 'Pending';

/** What is said of a snapshot that waits for its machine to have a node. Pure. @param now RFC 3339 */
export function unplacedStatus(snapshot: VirtualMachineSnapshot, now: string): VirtualMachineSnapshotStatus {
  const { metadata, spec, status } = snapshot;
  const { name } = spec.virtualMachine;
  const message = `the machine ${name} is on no node, so nobody has disks to take the snapshot of; it is taken once the machine has one. Start it: vmctl start ${name}; or see why it waits: kubectl describe vm ${name}`;
  const ready = makeCondition(snapshot, 'Ready', no('NoNode', message), now);
  return {
    ...status,
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    phase: 'Pending',
    ready: false,
    conditions: withCondition(status?.conditions, ready),
  };
}

/** Any executor says so: no node has the machine, whose executor would. The first one's words are found by the others. */
export async function sayUnplaced(context: Context, snapshot: VirtualMachineSnapshot): Promise<Outcome | undefined> {
  if (!isWaiting(snapshot)) return undefined;
  const now = timestampOf(Date.now());
  await context.updateStatus('VirtualMachineSnapshot', keyOf(snapshot), (fresh) =>
    isWaiting(fresh) ? unplacedStatus(fresh, now) : (fresh.status ?? {}),
  );
  return { requeueAfterMs: LOOK_AGAIN_MS };
}
