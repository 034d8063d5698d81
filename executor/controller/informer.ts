import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../schemas/client/client.ts';
import { ApiError, isExpired } from '../../schemas/client/errors.ts';
import type { ResourceType } from '../../schemas/client/paths.ts';
import type { WatchEvent } from '../../schemas/client/watch.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { type Backoff, backoffDelay } from './backoff.ts';
import { createCache, type ObjectCache, type OnChange } from './cache.ts';
import type { Log } from './types.ts';

export interface InformerOptions<T extends KubeObject> {
  readonly client: ApiClient;
  readonly type: ResourceType;
  /** Those of one namespace; all where it is left out. */
  readonly namespace?: string;
  /** Only what the server finds by these; everything where they are left out. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Called for each difference between what was known and what is, deletions included; never twice for one. */
  readonly onChange: OnChange<T>;
  /** What is kept of each object: all where it is left out. */
  readonly trim?: (object: T) => T;
  readonly log: Log;
  readonly backoff?: Backoff;
}

/** Keeps a copy of all objects of one resource, through lost connections and restarts of the server. */
export interface Informer<T extends KubeObject> {
  readonly cache: ObjectCache<T>;
  /** Settles once the first list is there. */
  readonly synced: Promise<void>;
  close(): void;
}

const BACKOFF: Backoff = { firstMs: 50, longestMs: 5000 };
const PAGE = 500;
/** The server ends a watch after this long; some minutes' difference keeps watches from starting together. */
const WATCH_SECONDS = { least: 300, spread: 120 };
/** A server that ends watches sooner than this is treated as one that fails. */
const SHORTEST_WATCH_MS = 1000;
/** Longer without any end than the server was asked for: the connection is dead and nobody told us. */
const DEAD_AFTER_MS = (WATCH_SECONDS.least + WATCH_SECONDS.spread + 30) * 1000;

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const informer = new ListWatch(options);
  void informer.run();
  return informer;
}

class ListWatch<T extends KubeObject> implements Informer<T> {
  readonly cache: ObjectCache<T>;
  readonly synced: Promise<void>;
  readonly #options: InformerOptions<T>;
  readonly #abort = new AbortController();
  #isSynced: () => void = () => {};
  /** Where to watch from; nothing means that a list is due. */
  #version: string | undefined;
  #failures = 0;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.cache = createCache(options.onChange, options.trim);
    this.synced = new Promise((resolve) => {
      this.#isSynced = resolve;
    });
  }

  close(): void {
    this.#abort.abort();
  }

  async run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list();
        const started = performance.now();
        await this.#watch(this.#version);
        if (performance.now() - started < SHORTEST_WATCH_MS) throw new Error('the server ends watches at once');
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error).catch(() => {});
      }
    }
  }

  /** An answer that is an error makes the version worthless; without an answer we go on where we were. */
  async #recover(error: unknown): Promise<void> {
    const { log, type, backoff = BACKOFF } = this.#options;
    if (error instanceof ApiError) this.#version = undefined;
    if (isExpired(error) && this.#failures === 0) {
      this.#failures = 1;
      return;
    }
    this.#failures += 1;
    if (this.#failures === 3) log.warn(`cannot follow ${type.plural}: ${(error as Error).message}`);
    await sleep(backoffDelay(backoff, this.#failures), undefined, { signal: this.#abort.signal });
  }

  async #list(): Promise<string> {
    const found: T[] = [];
    let next: string | undefined;
    let version = '';
    do {
      const { fieldSelector, labelSelector } = this.#options;
      const query = { limit: PAGE, continue: next, fieldSelector, labelSelector };
      const { signal } = this.#abort;
      const page = await this.#options.client.list<T>(this.#options.type, this.#options.namespace, { query, signal });
      found.push(...page.items);
      next = page.metadata.continue || undefined;
      version = page.metadata.resourceVersion;
    } while (next !== undefined);
    this.cache.replace(found);
    this.#isSynced();
    return version;
  }

  async #watch(from: string): Promise<void> {
    const timeoutSeconds = WATCH_SECONDS.least + Math.floor(Math.random() * WATCH_SECONDS.spread);
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(DEAD_AFTER_MS)]);
    const { client, type, namespace, fieldSelector, labelSelector } = this.#options;
    const query = { resourceVersion: from, timeoutSeconds, fieldSelector, labelSelector };
    for await (const event of client.watch<T>(type, namespace, { query, signal })) {
      this.#failures = 0;
      this.#take(event);
    }
  }

  #take({ type, object }: WatchEvent<T>): void {
    this.#version = object.metadata.resourceVersion ?? this.#version;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.cache.remove(object);
    else this.cache.upsert(object);
  }
}
