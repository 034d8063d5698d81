import type { ApiClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { type Kind, kindNames } from '../../schemas/kinds/names.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { type Controller, createController } from './controller.ts';
import { createInformer, type Informer } from './informer.ts';
import { keyOf } from './keys.ts';
import { writeStatus } from './status.ts';
import type { Context, Key, Log, ObjectOf, Reconciler, StatusOf, Store } from './types.ts';

/** What connects the reconcilers with the API: a copy of all objects of our kinds, and a queue for each reconciler. */
export interface Manager extends Pick<Context, 'store' | 'enqueue' | 'refresh' | 'updateStatus'> {
  /** Starts the reconcilers once every kind was listed. */
  run(reconcilers: readonly Reconciler[]): Promise<void>;
  close(): Promise<void>;
}

type Informers = { readonly [K in Kind]: Informer<ObjectOf<K>> };
type AnyWithStatus = KubeObject & { status?: object };

const KINDS = Object.keys(kindNames) as Kind[];

export function createManager(client: ApiClient, log: Log): Manager {
  const controllers = new Map<Kind, Controller>();
  const watchers = new Map<Kind, ((object: KubeObject) => void)[]>();

  function onChange(kind: Kind, previous: KubeObject | undefined, current: KubeObject | undefined): void {
    for (const object of [previous, current]) {
      if (object) for (const watcher of watchers.get(kind) ?? []) watcher(object);
    }
  }

  const informers = Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      createInformer({ client, type: resourceOf(kindNames[kind]), log, onChange: (a, b) => onChange(kind, a, b) }),
    ]),
  ) as unknown as Informers;

  const enqueue = (kind: Kind, key: Key, afterMs?: number): void => controllers.get(kind)?.enqueue(key, afterMs);
  const store: Store = {
    get: (kind, key) => informers[kind].cache.get(key),
    list: (kind, namespace) => informers[kind].cache.list(namespace),
  };

  function listen(kind: Kind, watcher: (object: KubeObject) => void): void {
    watchers.set(kind, [...(watchers.get(kind) ?? []), watcher]);
    for (const object of store.list(kind)) watcher(object);
  }

  function start(reconciler: Reconciler): void {
    const controller = createController({ reconciler, log });
    controllers.set(reconciler.kind, controller);
    listen(reconciler.kind, (object) => controller.enqueue(keyOf(object)));
    for (const { kind, keysFor } of reconciler.watches ?? []) {
      listen(kind, (object) => {
        for (const key of keysFor(object)) controller.enqueue(key);
      });
    }
  }

  return {
    store,
    enqueue,
    refresh: (kind, object) => informers[kind].cache.refresh(object),
    async updateStatus<K extends Kind>(kind: K, key: Key, mutate: (object: ObjectOf<K>) => StatusOf<K>) {
      const object = store.get(kind, key);
      if (!object) return;
      const write = mutate as unknown as (object: AnyWithStatus) => object;
      const written = await writeStatus(client, resourceOf(kindNames[kind]), object as AnyWithStatus, write);
      if (written) informers[kind].cache.refresh(written as ObjectOf<K>);
    },
    async run(reconcilers) {
      await Promise.all(KINDS.map((kind) => informers[kind].synced));
      reconcilers.forEach(start);
    },
    async close() {
      for (const kind of KINDS) informers[kind].close();
      await Promise.all([...controllers.values()].map((controller) => controller.close()));
    },
  };
}
