import type { VirtualMachineStoragePool } from '../../../schemas/kinds/storage-pool.ts';
import { isHeld } from '../../controller/finalizer.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import { timestampOf } from '../common/condition.ts';
import { holdObject, isDeleting, releaseObject } from '../common/object.ts';
import { type ObservedPool, observePool } from './observe.ts';
import { poolStatus } from './status.ts';

export { type UsablePool, usablePool } from './usable.ts';

const KIND = 'VirtualMachineStoragePool';
/** Nothing tells when a folder vanishes or a file system fills. */
const LOOK_AGAIN_MS = 60_000;

export type PoolAction = 'hold' | 'release';

/** A pool that is on its way out stays while anything lies in it; what lies there is never deleted with it. */
export function planPool(pool: VirtualMachineStoragePool, { users }: ObservedPool): PoolAction[] {
  if (!isDeleting(pool)) return isHeld(pool) ? [] : ['hold'];
  return isHeld(pool) && users.length === 0 ? ['release'] : [];
}

/** Makes pools usable on this node and says how they are. */
export function poolReconciler(context: Context): Reconciler {
  const apply = {
    hold: (pool: VirtualMachineStoragePool) => holdObject(context, KIND, pool),
    release: (pool: VirtualMachineStoragePool) => releaseObject(context, KIND, pool),
  } satisfies Record<PoolAction, (pool: VirtualMachineStoragePool) => Promise<void>>;

  const keyOfPool = (object: { spec?: { pool?: string } }): Key[] =>
    object.spec?.pool === undefined ? [] : [{ name: object.spec.pool }];
  /** A pool in use waits for the last of its volumes; only then do the others concern it. */
  const deletingPool = (object: object): Key[] =>
    keyOfPool(object).filter((key) => {
      const pool = context.store.get(KIND, key);
      return pool !== undefined && isDeleting(pool);
    });

  return {
    kind: KIND,
    watches: [
      { kind: 'VirtualMachineDisk', keysFor: deletingPool },
      { kind: 'VirtualMachineImage', keysFor: deletingPool },
    ],
    async reconcile(key: Key): Promise<Outcome | undefined> {
      const pool = context.store.get(KIND, key);
      if (!pool) return undefined;
      const observed = await observePool(context, pool);
      const actions = planPool(pool, observed);
      for (const action of actions) await apply[action](pool);
      if (actions.includes('release')) return undefined;
      const now = timestampOf(Date.now());
      await context.updateStatus(KIND, key, (fresh) => poolStatus(fresh, observed, context.nodeName, now));
      return { requeueAfterMs: Math.max(LOOK_AGAIN_MS, context.settings.resyncMs) };
    },
  };
}
