import type { ApiClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { type Kind, kindNames } from '../../schemas/kinds/names.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { type Controller, createController } from './controller.ts';
import { createInformer } from './informer.ts';
import { type Followed, joined } from './joined.ts';
import { keyOf } from './keys.ts';
import type { Scope } from './scope.ts';
import { writeStatus } from './status.ts';
import type { Context, Key, Log, ObjectOf, Reconciler, StatusOf, Store } from './types.ts';

/** What connects the reconcilers with the API: a copy of all objects of our kinds, and a queue for each reconciler. */
export interface Manager extends Pick<Context, 'store' | 'enqueue' | 'refresh' | 'updateStatus'> {
  /** Starts the reconcilers once every kind was listed. */
  run(reconcilers: readonly Reconciler[]): Promise<void>;
  close(): Promise<void>;
}

type Informers = { readonly [K in Kind]: Followed<ObjectOf<K>> };
type AnyWithStatus = KubeObject & { status?: object };

const KINDS = Object.keys(kindNames) as Kind[];

/** @param scope of which machines are followed: see `scopeOf` */
export const createManager = (client: ApiClient, log: Log, scope: Scope): Manager =>
  new ControllerManager(client, log, scope);

/** Its members are bound: the context takes them one by one. */
class ControllerManager implements Manager {
  readonly store: Store;
  readonly #client: ApiClient;
  readonly #log: Log;
  readonly #informers: Informers;
  /** Of one kind there may be several, each with one thought. */
  readonly #controllers: { readonly kind: Kind; readonly controller: Controller }[] = [];
  readonly #watchers = new Map<Kind, ((object: KubeObject) => void)[]>();

  constructor(client: ApiClient, log: Log, scope: Scope) {
    this.#client = client;
    this.#log = log;
    const follow = (kind: Kind, fieldSelector?: string) =>
      createInformer({
        client,
        log,
        type: resourceOf(kindNames[kind]),
        onChange: (a, b) => this.#onChange(kind, a, b),
        ...(fieldSelector !== undefined && { fieldSelector }),
      });
    const own = scope.machines?.map((selector) => follow('VirtualMachine', selector));
    const every = KINDS.map((kind) => [kind, kind === 'VirtualMachine' && own ? joined(own) : follow(kind)]);
    this.#informers = Object.fromEntries(every) as unknown as Informers;
    this.store = {
      ownMachinesOnly: own !== undefined,
      get: (kind, key) => this.#informers[kind].cache.get(key),
      list: (kind, namespace) => this.#informers[kind].cache.list(namespace),
    };
  }

  readonly enqueue = (kind: Kind, key: Key, afterMs?: number): void => {
    for (const one of this.#controllers) if (one.kind === kind) one.controller.enqueue(key, afterMs);
  };

  readonly refresh = <K extends Kind>(kind: K, object: ObjectOf<K>): void =>
    this.#informers[kind].cache.refresh(object);

  readonly updateStatus = async <K extends Kind>(
    kind: K,
    key: Key,
    mutate: (object: ObjectOf<K>) => StatusOf<K>,
  ): Promise<void> => {
    const object = this.store.get(kind, key);
    if (!object) return;
    const write = mutate as unknown as (object: AnyWithStatus) => object;
    const written = await writeStatus(this.#client, resourceOf(kindNames[kind]), object as AnyWithStatus, write);
    if (written) this.refresh(kind, written as ObjectOf<K>);
  };

  async run(reconcilers: readonly Reconciler[]): Promise<void> {
    await Promise.all(KINDS.map((kind) => this.#informers[kind].synced));
    for (const reconciler of reconcilers) this.#start(reconciler);
  }

  async close(): Promise<void> {
    for (const kind of KINDS) this.#informers[kind].close();
    await Promise.all(this.#controllers.map(({ controller }) => controller.close()));
  }

  #start(reconciler: Reconciler): void {
    const controller = createController({ reconciler, log: this.#log });
    this.#controllers.push({ kind: reconciler.kind, controller });
    this.#listen(reconciler.kind, (object) => controller.enqueue(keyOf(object)));
    for (const { kind, keysFor } of reconciler.watches ?? []) {
      this.#listen(kind, (object) => {
        for (const key of keysFor(object)) controller.enqueue(key);
      });
    }
  }

  /** What is there already counts as a change. */
  #listen(kind: Kind, watcher: (object: KubeObject) => void): void {
    this.#watchers.set(kind, [...(this.#watchers.get(kind) ?? []), watcher]);
    for (const object of this.store.list(kind)) watcher(object);
  }

  /** Told of both: an object that no longer names another concerns it all the same. */
  #onChange(kind: Kind, previous: KubeObject | undefined, current: KubeObject | undefined): void {
    for (const object of [previous, current]) {
      if (object) for (const watcher of this.#watchers.get(kind) ?? []) watcher(object);
    }
  }
}
