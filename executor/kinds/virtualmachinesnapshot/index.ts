import { resourceOf } from '../../../schemas/client/paths.ts';
import { API_VERSION } from '../../../schemas/kinds/define.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { isHeld, withFinalizer } from '../../controller/finalizer.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import { timestampOf } from '../common/condition.ts';
import { isDeleting, keyOf, patchMetadata, releaseObject, uidOf } from '../common/object.ts';
import { isOurSnapshot } from '../common/placement.ts';
import { observeSnapshot } from './observe.ts';
import { canExpire, expiresInMs, planSnapshot, type SnapshotAction } from './plan.ts';
import { removeSnapshot } from './remove.ts';
import { revertMachine } from './revert.ts';
import { type Failed, isFinal, snapshotStatus } from './status.ts';
import { takeMachineSnapshot } from './take.ts';
import { tell } from './tell.ts';
import { snapshotsConcernedBy } from './watches.ts';

export { isBeingReverted } from './reverting.ts';

const KIND = 'VirtualMachineSnapshot';
/** A timer takes no more than 2^31 ms; a day is enough to come back. */
const LONGEST_WAIT_MS = 86_400_000;

type Apply = (snapshot: VirtualMachineSnapshot, machine: VirtualMachine | undefined) => Promise<unknown>;

/** Takes snapshots of machines, puts machines back to them, and removes them. */
export function snapshotReconciler(context: Context): Reconciler {
  const apply = appliers(context);

  return {
    kind: KIND,
    watches: snapshotsConcernedBy(context),
    async reconcile(key: Key): Promise<Outcome | undefined> {
      const snapshot = context.store.get(KIND, key);
      if (!snapshot || !isOurSnapshot(context, snapshot)) return undefined;
      const observed = await observeSnapshot(context, snapshot);
      const actions = planSnapshot(snapshot, observed, Date.now());
      const failed = await attempt(actions, (action) => apply[action](snapshot, observed.machine));
      if (!failed && (actions.includes('release') || actions.includes('expire'))) return undefined;
      await writeStatus(context, key, failed);
      tell(context, key, observed.machine, actions, failed);
      if (failed && !isFinal(failed.error)) throw failed.error;
      return wake(context, key);
    },
  };
}

function appliers(context: Context) {
  const withMachine =
    (work: (context: Context, snapshot: VirtualMachineSnapshot, machine: VirtualMachine) => Promise<void>): Apply =>
    async (snapshot, machine) =>
      machine && work(context, context.store.get(KIND, keyOf(snapshot)) ?? snapshot, machine);
  return {
    hold: withMachine(holdFor),
    take: withMachine(takeMachineSnapshot),
    revert: withMachine(revertMachine),
    expire: (snapshot) => context.client.delete(resourceOf(kindNames.VirtualMachineSnapshot), keyOf(snapshot)),
    remove: (snapshot) => removeSnapshot(context, snapshot),
    release: (snapshot) => releaseObject(context, KIND, snapshot),
  } satisfies Record<SnapshotAction, Apply>;
}

/** The snapshot goes with its machine. */
async function holdFor(context: Context, snapshot: VirtualMachineSnapshot, machine: VirtualMachine): Promise<void> {
  const owner = { apiVersion: API_VERSION, kind: 'VirtualMachine', name: machine.metadata.name, uid: uidOf(machine) };
  await patchMetadata(context, KIND, snapshot, (fresh) => {
    if (isDeleting(fresh)) return undefined;
    const { ownerReferences = [] } = fresh.metadata;
    const owned = ownerReferences.some(({ uid }) => uid === owner.uid);
    if (owned && isHeld(fresh)) return undefined;
    return {
      finalizers: withFinalizer(fresh),
      ownerReferences: owned ? ownerReferences : [...ownerReferences, owner],
    };
  });
}

async function attempt(
  actions: readonly SnapshotAction[],
  apply: (action: SnapshotAction) => Promise<unknown>,
): Promise<Failed | undefined> {
  for (const action of actions) {
    try {
      await apply(action);
    } catch (error) {
      return { action, error: error as Error };
    }
  }
  return undefined;
}

/** What the action wrote down is part of what is observed now. */
async function writeStatus(context: Context, key: Key, failed: Failed | undefined): Promise<void> {
  const before = context.store.get(KIND, key);
  if (!before) return;
  const observed = await observeSnapshot(context, before);
  const now = timestampOf(Date.now());
  await context.updateStatus(KIND, key, (fresh) => snapshotStatus(fresh, observed, failed, now));
  if (observed.machine && isOver(before, context.store.get(KIND, key))) {
    context.enqueue('VirtualMachine', keyOf(observed.machine));
  }
}

/** As long as a machine is being put back, nobody starts it or lets it go on. */
const isOver = (before: VirtualMachineSnapshot, after: VirtualMachineSnapshot | undefined): boolean =>
  (before.spec.revert !== undefined || before.status?.phase === 'Reverting') && after?.status?.phase !== 'Reverting';

function wake({ store }: Context, key: Key): Outcome | undefined {
  const snapshot = store.get(KIND, key);
  const expires = snapshot && canExpire(snapshot) ? expiresInMs(snapshot, Date.now()) : undefined;
  return expires === undefined ? undefined : { requeueAfterMs: Math.min(Math.max(expires, 0), LONGEST_WAIT_MS) };
}
