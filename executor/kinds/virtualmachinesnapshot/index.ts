import { resourceOf } from '../../../schemas/client/paths.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { type Backoff, backoffDelay } from '../../controller/backoff.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import { type TaskHandle, type TaskState, Tasks } from '../../storage/tasks.ts';
import { timestampOf } from '../common/condition.ts';
import { keyOf, releaseObject, uidOf } from '../common/object.ts';
import { ownerOfSnapshot } from '../common/placement.ts';
import { withQuiesced } from './announce.ts';
import { takeBackup } from './backup/take.ts';
import { holdFor, requireHeld } from './hold.ts';
import { observeSnapshot } from './observe.ts';
import { canExpire, expiresInMs, mayPass, planSnapshot, type SnapshotAction } from './plan.ts';
import { removeSnapshot } from './remove.ts';
import { revertMachine } from './revert.ts';
import { type Failed, isFinal, snapshotStatus } from './status.ts';
import { takeMachineSnapshot } from './take.ts';
import type { Taken } from './take-external.ts';
import { tell } from './tell.ts';
import { sayUnplaced } from './unplaced.ts';
import { snapshotsConcernedBy } from './watches.ts';

export { isBeingReverted } from './reverting.ts';

const KIND = 'VirtualMachineSnapshot';
/** A timer takes no more than 2^31 ms; a day is enough to come back. */
const LONGEST_WAIT_MS = 86_400_000;

/** When what failed, and may work by now, is tried again. */
const RETRY: Backoff = { firstMs: 30_000, longestMs: 1_800_000 };

/** How often each failed in a row, by uid, and when it may be tried again, in milliseconds since the epoch. */
type Retries = Map<string, { readonly failures: number; readonly at: number }>;

type Apply = (snapshot: VirtualMachineSnapshot, machine: VirtualMachine | undefined) => Promise<unknown>;

/** Takes snapshots of machines, puts machines back to them, and removes them. */
export function snapshotReconciler(context: Context): Reconciler {
  const tasks = new Tasks<void>();
  const apply = appliers(context, tasks);
  const retries: Retries = new Map();

  return {
    kind: KIND,
    watches: snapshotsConcernedBy(context),
    async reconcile(key: Key): Promise<Outcome | undefined> {
      const snapshot = context.store.get(KIND, key);
      const owner = snapshot ? await ownerOfSnapshot(context, snapshot) : 'others';
      if (!snapshot || owner === 'others') return undefined;
      if (owner === 'nobody') return sayUnplaced(context, snapshot);
      const observed = await observeSnapshot(context, snapshot);
      const now = Date.now();
      const actions = planSnapshot(snapshot, observed, now, now >= (retries.get(uidOf(snapshot))?.at ?? 0));
      const failed = await attempt(actions, (action) => apply[action](snapshot, observed.machine));
      if (!failed && (actions.includes('release') || actions.includes('expire'))) {
        retries.delete(uidOf(snapshot));
        return undefined;
      }
      await writeStatus(context, snapshot, failed, tasks.get(uidOf(snapshot)));
      tell(context, key, observed.machine, actions, failed);
      if (failed && !isFinal(failed.error)) throw failed.error;
      return wake(context, key, retries, failed);
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
      snapshot.spec.backup ? backUp(context, tasks, snapshot, machine) : takeHeld(context, snapshot, machine),
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

/** It is held while its volumes are looked at: nothing is done to them before that. */
async function takeHeld(context: Context, snapshot: VirtualMachineSnapshot, machine: VirtualMachine): Promise<void> {
  const held = holdFor(context, snapshot, machine).then(() => requireHeld(context, snapshot));
  held.catch(() => {});
  try {
    await takeMachineSnapshot(context, snapshot, machine, held, (taken) =>
      writeStatus(context, snapshot, undefined, undefined, taken),
    );
  } finally {
    await held.catch(() => {});
  }
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

/**
 * What the action wrote down is part of what is observed now. Of a spec that came after the one that was acted upon nothing is known
 * yet: a change that is to have a failure tried again must not be taken for the one that failed.
 */
async function writeStatus(
  context: Context,
  seen: VirtualMachineSnapshot,
  failed: Failed | undefined,
  task: TaskState<void> | undefined,
  taken?: Taken,
): Promise<void> {
  const key = keyOf(seen);
  const { generation } = seen.metadata;
  const before = context.store.get(KIND, key);
  if (!before) return;
  const asSeen = (fresh: VirtualMachineSnapshot): VirtualMachineSnapshot => ({
    ...fresh,
    metadata: { ...fresh.metadata, ...(generation !== undefined && { generation }) },
  });
  const { quiesced, ...more } = taken ?? {};
  const told = (fresh: VirtualMachineSnapshot): VirtualMachineSnapshot =>
    taken ? { ...fresh, status: { ...withQuiesced(fresh, fresh.status ?? {}, quiesced), ...more } } : fresh;
  const observed = await observeSnapshot(context, told(before));
  const now = timestampOf(Date.now());
  const progress = task?.state === 'running' ? task.progress : undefined;
  await context.updateStatus(KIND, key, (fresh) =>
    snapshotStatus(asSeen(told(fresh)), observed, failed, now, progress),
  );
  if (observed.machine && isOver(before, context.store.get(KIND, key))) {
    context.enqueue('VirtualMachine', keyOf(observed.machine));
  }
}

/** As long as a machine is being put back, nobody starts it or lets it go on. */
const isOver = (before: VirtualMachineSnapshot, after: VirtualMachineSnapshot | undefined): boolean =>
  (before.spec.revert !== undefined || before.status?.phase === 'Reverting') && after?.status?.phase !== 'Reverting';

function wake({ store }: Context, key: Key, retries: Retries, failed: Failed | undefined): Outcome | undefined {
  const snapshot = store.get(KIND, key);
  if (!snapshot) return undefined;
  if (mayPass(snapshot)) return { requeueAfterMs: retryAfter(retries, uidOf(snapshot), failed !== undefined) };
  retries.delete(uidOf(snapshot));
  const expires = canExpire(snapshot) ? expiresInMs(snapshot, Date.now()) : undefined;
  return expires === undefined ? undefined : { requeueAfterMs: Math.min(Math.max(expires, 0), LONGEST_WAIT_MS) };
}

function retryAfter(retries: Retries, uid: string, again: boolean): number {
  const known = retries.get(uid);
  if (known && !again) return Math.max(0, known.at - Date.now());
  const failures = (known?.failures ?? 0) + 1;
  const delay = backoffDelay(RETRY, failures);
  retries.set(uid, { failures, at: Date.now() + delay });
  return delay;
}
