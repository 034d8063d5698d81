import type { VirtualMachineStoragePool } from '../../../schemas/kinds/storage-pool.ts';
import { sameJson } from '../../controller/conditions.ts';
import { isHeld } from '../../controller/finalizer.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import { mountedPools, type PoolObservation, releasePool } from '../../storage/pool/index.ts';
import { timestampOf } from '../common/condition.ts';
import { Turns } from '../common/many-nodes.ts';
import { holdObject, isDeleting, releaseObject } from '../common/object.ts';
import { isOn, type ObservedPool, observePool } from './observe.ts';
import { poolStatus } from './status.ts';

export { type UsablePool, usablePool } from './usable.ts';

const KIND = 'VirtualMachineStoragePool';
/** Nothing tells when a folder vanishes or a file system fills. */
const LOOK_AGAIN_MS = 60_000;
/** What disks may grow to is counted once for a burst of changes. */
const COUNT_AGAIN_MS = 2000;

export type PoolAction = 'hold' | 'unmount' | 'release';

/** A pool that is on its way out stays while anything lies in it; what lies there is never deleted with it. */
export function planPool(pool: VirtualMachineStoragePool, { users }: Pick<ObservedPool, 'users'>): PoolAction[] {
  if (!isDeleting(pool)) return isHeld(pool) ? [] : ['hold'];
  return isHeld(pool) && users.length === 0 ? ['unmount', 'release'] : [];
}

/** Makes pools usable on this node and says how they are. */
export function poolReconciler(context: Context): Reconciler {
  const apply = {
    hold: (pool: VirtualMachineStoragePool) => holdObject(context, KIND, pool),
    unmount: ({ metadata }: VirtualMachineStoragePool) => unmount(metadata.name),
    release: (pool: VirtualMachineStoragePool) => releaseObject(context, KIND, pool),
  } satisfies Record<PoolAction, (pool: VirtualMachineStoragePool) => Promise<void>>;

  let swept: Promise<void> | undefined;
  const turns = new Turns();
  const unmount = (name: string) => releasePool({ name, home: context.settings.home });

  const keyOfPool = (object: { spec?: { pool?: string } }): Key[] =>
    object.spec?.pool === undefined ? [] : [{ name: object.spec.pool }];
  /** A pool in use waits for the last of its volumes; another one is only counted anew. */
  const concerned = (object: object): Key[] =>
    keyOfPool(object).filter((key) => {
      const pool = context.store.get(KIND, key);
      if (pool && isDeleting(pool)) return true;
      context.enqueue(KIND, key, COUNT_AGAIN_MS);
      return false;
    });

  return {
    kind: KIND,
    watches: [
      { kind: 'VirtualMachineDisk', keysFor: concerned },
      { kind: 'VirtualMachineImage', keysFor: concerned },
    ],
    async reconcile(key: Key): Promise<Outcome | undefined> {
      swept ??= sweep(context);
      await swept;
      const pool = context.store.get(KIND, key);
      if (!pool) {
        turns.forget(key.name);
        await unmount(key.name);
        return undefined;
      }
      const observed = await observePool(context, pool);
      const actions = planPool(pool, observed);
      try {
        if (!isOn(pool, context.nodeName)) await unmount(key.name);
        for (const action of actions) await apply[action](pool);
      } catch (error) {
        await writeStatus(context, turns, key, { ...observed, node: stillMounted(error as Error) });
        throw error;
      }
      if (actions.includes('release')) return undefined;
      const waitMs = await writeStatus(context, turns, key, observed);
      return { requeueAfterMs: waitMs || Math.max(LOOK_AGAIN_MS, context.settings.resyncMs) };
    },
  };
}

/** Pools that went while this executor was not there are let go of. What is in use is tried again at the next start. */
async function sweep({ store, settings: { home }, log }: Context): Promise<void> {
  for (const name of await mountedPools(home)) {
    if (store.get(KIND, { name })) continue;
    await releasePool({ name, home }).catch((error) => log.error(`the pool ${name} stays mounted`, error));
  }
}

const stillMounted = (error: Error): PoolObservation => ({
  ready: false,
  reason: 'UnmountFailed',
  message: `the pool cannot be unmounted, and is tried again: ${error.message.trim()}`,
});

/** @returns milliseconds until it is this node's turn to tell numbers, 0 where it has told them */
async function writeStatus(context: Context, turns: Turns, key: Key, observed: ObservedPool): Promise<number> {
  const { nodeName } = context;
  const entryIn = (nodes: readonly { readonly name: string }[] = []) => nodes.find(({ name }) => name === nodeName);
  const nodes = context.store.get(KIND, key)?.status?.nodes?.length ?? 0;
  const waitMs = turns.wait(key.name, nodes, performance.now());
  const speaker = { nodeName, now: timestampOf(Date.now()), isWaiting: waitMs > 0 };
  let isNews = false;
  await context.updateStatus(KIND, key, (fresh) => {
    const next = poolStatus(fresh, observed, speaker);
    isNews = !sameJson(entryIn(next.nodes), entryIn(fresh.status?.nodes));
    return next;
  });
  if (isNews) turns.took(key.name, performance.now());
  return waitMs;
}
