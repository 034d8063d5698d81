import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Controller, createController } from '../../executor/controller/controller.ts';
import { writeStatus } from '../../executor/controller/status.ts';
import type { Context, Key, Machines, ObjectOf, Reconciler } from '../../executor/controller/types.ts';
import type { ApiClient } from '../../schemas/client/client.ts';
import { ApiError } from '../../schemas/client/errors.ts';
import { API_VERSION } from '../../schemas/kinds/define.ts';
import { type Kind, kinds } from '../../schemas/kinds/index.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { testSettings } from './settings.ts';

type Stored = KubeObject & { spec: Record<string, unknown>; status?: Record<string, unknown> };

export interface RecordedEvent {
  readonly object: string;
  readonly reason: string;
  readonly message: string;
}

/** An API held in memory, with the real controller before it: reconcilers run as in the executor, without a server. */
export interface World extends AsyncDisposable {
  readonly context: Context;
  readonly folder: string;
  readonly events: RecordedEvent[];
  /** Starts the reconcilers made from the context. */
  run(...make: ((context: Context) => Reconciler)[]): void;
  /** Ends the reconcilers as a restart of the executor would, and keeps the objects. */
  stop(): Promise<void>;
  add<K extends Kind>(kind: K, name: string, spec: object, metadata?: Partial<KubeObject['metadata']>): ObjectOf<K>;
  edit(kind: Kind, name: string, change: (object: Stored) => void): void;
  delete(kind: Kind, name: string): void;
  get<K extends Kind>(kind: K, name: string): ObjectOf<K> | undefined;
  /** Waits for the object to be so, looking at each change of it. */
  until<K extends Kind>(
    kind: K,
    name: string,
    holds: (object: ObjectOf<K> | undefined) => boolean,
  ): Promise<ObjectOf<K>>;
}

const NAMESPACE = 'default';
const LIMIT_MS = 90_000;

const NO_MACHINES: Machines = {
  exclusive: (_uid, operation) => operation(),
  qmp: () => undefined,
  launchPaused: () => Promise.reject(new Error('no machine runs here')),
  halt: async () => {},
  blockNode: (name) => `disk-${name}`,
};

export function createWorld(machines: (context: () => Context) => Machines = () => NO_MACHINES): World {
  const folder = mkdtempSync(join(tmpdir(), 'vmctl-world-'));
  const objects = new Map<string, Stored>();
  const listeners = new Set<() => void>();
  const controllers = new Map<Kind, { controller: Controller; reconciler: Reconciler }>();
  const events: RecordedEvent[] = [];
  let version = 0;

  const id = (kind: Kind, { namespace, name }: Key) =>
    `${kind}/${kinds[kind].scope === 'Namespaced' ? (namespace ?? NAMESPACE) : ''}/${name}`;
  const keyOf = ({ metadata: { namespace, name } }: KubeObject): Key => (namespace ? { namespace, name } : { name });
  const kindOf = (plural: string) => Object.values(kinds).find((kind) => kind.plural === plural)?.kind as Kind;

  function changed(object: Stored): void {
    for (const { controller, reconciler } of controllers.values()) {
      if (reconciler.kind === object.kind) controller.enqueue(keyOf(object));
      for (const watch of reconciler.watches ?? []) {
        if (watch.kind === object.kind) for (const key of watch.keysFor(object)) controller.enqueue(key);
      }
    }
    for (const listener of [...listeners]) listener();
  }

  function put(object: Stored): Stored {
    const before = objects.get(id(object.kind as Kind, object.metadata));
    const generation =
      (before?.metadata.generation ?? 0) + (JSON.stringify(before?.spec) === JSON.stringify(object.spec) ? 0 : 1);
    const next = { ...object, metadata: { ...object.metadata, generation, resourceVersion: String(++version) } };
    const gone = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
    if (gone) objects.delete(id(object.kind as Kind, object.metadata));
    else objects.set(id(object.kind as Kind, object.metadata), next);
    changed(next);
    return next;
  }

  function read(kind: Kind, key: Key): Stored {
    const object = objects.get(id(kind, key));
    if (object) return structuredClone(object);
    throw new ApiError(404, { reason: 'NotFound', message: `${kind} ${key.name} not found` });
  }

  function checkVersion(current: Stored, given: string | undefined): void {
    if (given === undefined || given === current.metadata.resourceVersion) return;
    throw new ApiError(409, { reason: 'Conflict', message: 'the object has been modified' });
  }

  const client = {
    get: async (type: { plural: string }, key: Key) => read(kindOf(type.plural), key),
    list: async (type: { plural: string }, namespace?: string) => ({ items: list(kindOf(type.plural), namespace) }),
    async patch(type: { plural: string }, key: Key, patch: { metadata?: { resourceVersion?: string } }) {
      const current = read(kindOf(type.plural), key);
      checkVersion(current, patch.metadata?.resourceVersion);
      return structuredClone(put(merge(current, patch) as Stored));
    },
    async replace(type: { plural: string }, object: Stored, options: { subresource?: string } = {}) {
      const current = read(kindOf(type.plural), keyOf(object));
      checkVersion(current, object.metadata.resourceVersion);
      const { status } = structuredClone(object);
      const next = options.subresource === 'status' ? { ...current, ...(status && { status }) } : object;
      kinds[current.kind as Kind].status.parse(status);
      return structuredClone(put(next));
    },
    async delete(type: { plural: string }, key: Key) {
      remove(kindOf(type.plural), key.name);
    },
  } as unknown as ApiClient;

  const list = (kind: Kind, namespace?: string): Stored[] =>
    [...objects.values()].filter(
      (o) => o.kind === kind && (namespace === undefined || o.metadata.namespace === namespace),
    );

  function remove(kind: Kind, name: string): void {
    const object = read(kind, { name });
    put({ ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
  }

  const context = {
    client,
    store: {
      get: (kind: Kind, key: Key) => objects.get(id(kind, key)),
      list,
    },
    events: {
      record: (object: KubeObject, _type: string, reason: string, message: string) =>
        events.push({ object: object.metadata.name, reason, message }),
    },
    nodeName: 'node-1',
    settings: testSettings(folder),
    facts: {},
    log: { info: () => {}, warn: () => {}, error: () => {} },
    enqueue: (kind: Kind, key: Key, afterMs?: number) => controllers.get(kind)?.controller.enqueue(key, afterMs),
    refresh: () => {},
    updateStatus: async (kind: Kind, key: Key, mutate: (object: never) => never) => {
      const object = objects.get(id(kind, key));
      const type = { plural: kinds[kind].plural } as never;
      if (object) await writeStatus(client, type, structuredClone(object) as never, mutate as never);
    },
  } as unknown as Context;
  Object.assign(context, { machines: machines(() => context) });

  const world: World = {
    context,
    folder,
    events,
    run(...make) {
      for (const reconciler of make.map((one) => one(context))) {
        const controller = createController({ reconciler, log: context.log, backoff: { firstMs: 20, longestMs: 200 } });
        controllers.set(reconciler.kind, { controller, reconciler });
      }
      for (const object of [...objects.values()]) changed(object);
    },
    async stop() {
      const running = [...controllers.values()];
      controllers.clear();
      await Promise.all(running.map(({ controller }) => controller.close()));
    },
    add(kind, name, spec, metadata = {}) {
      const namespaced = kinds[kind].scope === 'Namespaced' ? { namespace: NAMESPACE } : {};
      const parsed = kinds[kind].spec.parse(spec) as Record<string, unknown>;
      const creationTimestamp = new Date(1_700_000_000_000 + ++version * 1000).toISOString();
      const meta = { name, ...namespaced, uid: randomUUID(), creationTimestamp, ...metadata };
      return put({ apiVersion: API_VERSION, kind, metadata: meta, spec: parsed }) as never;
    },
    edit(kind, name, change) {
      const object = read(kind, { name });
      change(object);
      put(object);
    },
    delete: remove,
    get: (kind, name) => objects.get(id(kind, { name })) as never,
    until: (kind, name, holds) => wait(() => objects.get(id(kind, { name })) as never, holds as never) as never,
    async [Symbol.asyncDispose]() {
      await world.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  function wait<T>(look: () => T, holds: (value: T) => boolean): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(
      () => reject(new Error(`it never was so; it is ${JSON.stringify(look(), null, 1)}`)),
      LIMIT_MS,
    );
    const check = () => {
      if (!holds(look())) return;
      clearTimeout(timer);
      listeners.delete(check);
      resolve(look());
    };
    listeners.add(check);
    check();
    return promise;
  }

  return world;
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as object) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merge(result[name], value);
  }
  return result;
}

type WithConditions = {
  status?: { conditions?: { type: string; reason: string; message: string; status: string }[] | undefined };
};

/** The Ready condition of an object. */
export const ready = (object: WithConditions | undefined) =>
  object?.status?.conditions?.find(({ type }) => type === 'Ready');

/** Whether an object's Ready condition has a reason. */
export const because =
  (reason: string) =>
  (object: WithConditions | undefined): boolean =>
    ready(object)?.reason === reason;
