import { resourceOf } from '../../../schemas/client/paths.ts';
import { API_VERSION } from '../../../schemas/kinds/define.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { isHeld, withFinalizer } from '../../controller/finalizer.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import { type TaskHandle, type TaskState, Tasks } from '../../storage/tasks.ts';
import { timestampOf } from '../common/condition.ts';
import { isDeleting, keyOf, patchMetadata, releaseObject, uidOf } from '../common/object.ts';
import { isOurSnapshot } from '../common/placement.ts';
import { takeBackup } from './backup/take.ts';
import { observeSnapshot } from './observe.ts';
import { canExpire, expiresInMs, lacksRoom, outlasts, planSnapshot, type SnapshotAction } from './plan.ts';
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

/** How often room is looked for, for one that found none. */
const LOOK_FOR_ROOM_MS = 30_000;

type Apply = (snapshot: VirtualMachineSnapshot, machine: VirtualMachine | undefined) => Promise<unknown>;

/** Takes snapshots of machines, puts machines back to them, and removes them. */
export function snapshotReconciler(context: Context): Reconciler {
  const tasks = new Tasks<void>();
  const apply = appliers(context, tasks);

  return {
    kind: KIND,
    watches: snapshotsConcernedBy(context),
    async reconcile(key: Key): Promise<Outcome | undefined> {
      const snapshot = context.store.get(KIND, key);
      if (!snapshot || !(await isOurSnapshot(context, snapshot))) return undefined;
      const observed = await observeSnapshot(context, snapshot);
      const actions = planSnapshot(snapshot, observed, Date.now());
      const failed = await attempt(actions, (action) => apply[action](snapshot, observed.machine));
      if (!failed && (actions.includes('release') || actions.includes('expire'))) return undefined;
      await writeStatus(context, key, failed, tasks.get(uidOf(snapshot)));
      tell(context, key, observed.machine, actions, failed);
      if (failed && !isFinal(failed.error)) throw failed.error;
      return wake(context, key);
    },
  };
}

function appliers(context: Context, tasks: Tasks<void>) {
  const withMachine =
    (work: (context: Context, snapshot: VirtualMachineSnapshot, machine: VirtualMachine) => Promise<void>): Apply =>
    async (snapshot, machine) =>
      machine && work(context, context.store.get(KIND, keyOf(snapshot)) ?? snapshot, machine);
  return {
    hold: withMachine(holdFor),
    take: withMachine((_context, snapshot, machine) =>
      snapshot.spec.backup
        ? backUp(context, tasks, snapshot, machine)
        : takeMachineSnapshot(context, snapshot, machine),
    ),
    revert: withMachine(revertMachine),
    expire: (snapshot) => context.client.delete(resourceOf(kindNames.VirtualMachineSnapshot), keyOf(snapshot)),
    remove: async (snapshot) => {
      await tasks.cancel(uidOf(snapshot));
      await removeSnapshot(context, snapshot);
    },
    release: (snapshot) => releaseObject(context, KIND, snapshot),
  } satisfies Record<SnapshotAction, Apply>;
}

/** Copying takes long: it is begun here, looked after by itself, and its end is met in a later call. */
async function backUp(
  context: Context,
  tasks: Tasks<void>,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
): Promise<void> {
  const id = uidOf(snapshot);
  const state = tasks.get(id);
  if (state?.state === 'running') return;
  tasks.forget(id);
  if (state?.state === 'failed') throw state.error;
  if (state?.state === 'done') return;
  const work = (task: TaskHandle) => takeBackup(context, snapshot, machine, task);
  tasks.start(id, work, () => context.enqueue(KIND, keyOf(snapshot)));
}

/** The snapshot goes with its machine. */
async function holdFor(context: Context, snapshot: VirtualMachineSnapshot, machine: VirtualMachine): Promise<void> {
  const owner = { apiVersion: API_VERSION, kind: 'VirtualMachine', name: machine.metadata.name, uid: uidOf(machine) };
  await patchMetadata(context, KIND, snapshot, (fresh) => {
    if (isDeleting(fresh)) return undefined;
    const { ownerReferences = [] } = fresh.metadata;
    if (outlasts(fresh)) return isHeld(fresh) ? undefined : { finalizers: withFinalizer(fresh) };
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
async function writeStatus(
  context: Context,
  key: Key,
  failed: Failed | undefined,
  task: TaskState<void> | undefined,
): Promise<void> {
  const before = context.store.get(KIND, key);
  if (!before) return;
  const observed = await observeSnapshot(context, before);
  const now = timestampOf(Date.now());
  const progress = task?.state === 'running' ? task.progress : undefined;
  await context.updateStatus(KIND, key, (fresh) => snapshotStatus(fresh, observed, failed, now, progress));
  if (observed.machine && isOver(before, context.store.get(KIND, key))) {
    context.enqueue('VirtualMachine', keyOf(observed.machine));
  }
}

/** As long as a machine is being put back, nobody starts it or lets it go on. */
const isOver = (before: VirtualMachineSnapshot, after: VirtualMachineSnapshot | undefined): boolean =>
  (before.spec.revert !== undefined || before.status?.phase === 'Reverting') && after?.status?.phase !== 'Reverting';

function wake({ store }: Context, key: Key): Outcome | undefined {
  const snapshot = store.get(KIND, key);
  if (snapshot && lacksRoom(snapshot)) return { requeueAfterMs: LOOK_FOR_ROOM_MS };
  const expires = snapshot && canExpire(snapshot) ? expiresInMs(snapshot, Date.now()) : undefined;
  return expires === undefined ? undefined : { requeueAfterMs: Math.min(Math.max(expires, 0), LONGEST_WAIT_MS) };
}
