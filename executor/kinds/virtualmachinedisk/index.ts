import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import { Tasks } from '../../storage/tasks.ts';
import { timestampOf } from '../common/condition.ts';
import { isFirstHere } from '../common/disk-users.ts';
import { failureOf } from '../common/failure.ts';
import { keyOf, uidOf } from '../common/object.ts';
import { isOnlyNodeOf, isOurDisk } from '../common/placement.ts';
import { diskAppliers } from './apply.ts';
import { observeDisk } from './observe.ts';
import { type DiskAction, planDisk, retryInMs } from './plan.ts';
import { sizeCanWait, type ToldSizes } from './size.ts';
import { diskStatus } from './status.ts';
import { disksConcernedBy } from './watches.ts';

const KIND = 'VirtualMachineDisk';
/** How often the space that a running machine's disk takes is looked at: nothing tells. */
const LOOK_AGAIN_MS = 300_000;

/** Makes volumes for disks, grows them, and removes them when nobody has them any more. */
export function diskReconciler(context: Context): Reconciler {
  const tasks = new Tasks<void>();
  const apply = diskAppliers(context, tasks);
  const told: ToldSizes = new Map();

  return {
    kind: KIND,
    watches: disksConcernedBy(context),
    async reconcile(key: Key): Promise<Outcome | undefined> {
      const disk = context.store.get(KIND, key);
      if (!disk || !isOurDisk(context, disk)) return undefined;
      if (!isOnlyNodeOf(context, disk.spec.pool) && !(await isFirstHere(context, disk))) return undefined;
      const before = await observeDisk(context, disk, tasks);
      const actions = planDisk(disk, before, performance.now());
      const error = await attempt(actions, (action) => apply(action, disk, before));
      if (!error && actions.some(({ type }) => type === 'release')) {
        told.delete(uidOf(disk));
        return undefined;
      }
      const after = await observeDisk(context, disk, tasks);
      const tellSizeAfterMs = await writeStatus(context, disk, after, error, told);
      if (error && failureOf(error, 'Failed').retry) throw error;
      const retry = retryInMs(after, performance.now());
      if (retry !== undefined) return { requeueAfterMs: retry };
      if (tellSizeAfterMs > 0) return { requeueAfterMs: tellSizeAfterMs };
      return after.holder?.running ? { requeueAfterMs: Math.max(LOOK_AGAIN_MS, context.settings.resyncMs) } : undefined;
    },
  };
}

/** Carries out actions up to the first that fails; the status tells why before the error goes on to be retried. */
async function attempt(
  actions: readonly DiskAction[],
  apply: (action: DiskAction) => Promise<void>,
): Promise<Error | undefined> {
  try {
    for (const action of actions) await apply(action);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** @returns milliseconds after which what was left out is to be told, 0 where nothing was */
async function writeStatus(
  context: Context,
  disk: VirtualMachineDisk,
  observed: Awaited<ReturnType<typeof observeDisk>>,
  error: Error | undefined,
  told: ToldSizes,
): Promise<number> {
  const now = timestampOf(Date.now());
  const make = (fresh: VirtualMachineDisk) => diskStatus(fresh, observed, error, context.nodeName, now);
  const next = make(disk);
  const wait = sizeCanWait(disk.status, next, told.get(uidOf(disk)), performance.now());
  if (wait > 0) return wait;
  await context.updateStatus(KIND, keyOf(disk), make);
  if (disk.status?.actualSize !== next.actualSize) told.set(uidOf(disk), performance.now());
  tell(context, disk, next);
  return 0;
}

/** An event for what is new in a status. */
function tell(
  { events }: Context,
  disk: VirtualMachineDisk & KubeObject,
  next: NonNullable<VirtualMachineDisk['status']>,
): void {
  const before = disk.status;
  const ready = next.conditions?.find(({ type }) => type === 'Ready');
  const was = before?.conditions?.find(({ type }) => type === 'Ready');
  if (before?.path === undefined && next.path !== undefined) {
    events.record(disk, 'Normal', 'VolumeCreated', `the volume ${next.path} was made`);
  } else if (before?.virtualSize !== undefined && before.virtualSize !== next.virtualSize) {
    events.record(disk, 'Normal', 'Resized', `the volume has ${next.virtualSize} now`);
  }
  if (next.phase === 'Failed' && ready && ready.reason !== was?.reason) {
    events.record(disk, 'Warning', ready.reason, ready.message);
  }
}
