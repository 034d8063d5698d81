import type { DatabaseSync } from 'node:sqlite';
import type { KubeObject } from '../types.ts';
import { EventLog, type EventType } from './eventlog.ts';
import { ObjectTable, type Row } from './objects.ts';
import { openDatabase, openWriteAhead, type WriteAhead } from './open.ts';

export interface Change {
  type: EventType;
  resource: string;
  schema: string;
  object: KubeObject;
  /** The row that this replaces or removes. */
  prev: Row | undefined;
  /** What a power cut may take back, since it is observed, or said, again. A killed process loses nothing of it. */
  fleeting?: boolean;
}

/** @param names of the objects that changed */
type Listener = (resource: string, names: ReadonlySet<string>) => void;

/**
 * All state. Writes of one turn of the event loop share a transaction, so that they share its fsync: a writer's answer
 * waits for `flushed()`, and readers never see above `committed`.
 */
export class Store {
  readonly objects: ObjectTable;
  readonly log: EventLog;
  readonly #db: DatabaseSync;
  readonly #writeAhead: WriteAhead;
  readonly #listeners = new Set<Listener>();
  readonly #pins = new Set<{ rv: number }>();
  #rv: number;
  #committed: number;
  #pending:
    | { changed: Map<string, Set<string>>; durable: boolean; done: Promise<void>; settle: (error?: unknown) => void }
    | undefined;

  constructor(path: string) {
    this.#db = openDatabase(path);
    this.#writeAhead = openWriteAhead(path);
    this.objects = new ObjectTable(this.#db);
    this.log = new EventLog(this.#db);
    this.#rv = this.log.last();
    this.#committed = this.#rv;
  }

  /** The newest resource version that outlasts this process; where it has to, a power cut too. */
  get committed(): number {
    return this.#committed;
  }

  /** Writes one change with the next resource version, which it also puts into the object. Durable after `flushed()`. */
  write({ type, resource, schema, object, prev, fleeting = false }: Change, now = Date.now()): Row {
    const rv = this.#rv + 1;
    object.metadata.resourceVersion = String(rv);
    const { namespace = '', name, uid = '', ownerReferences = [] } = object.metadata;
    const row: Row = { resource, namespace, name, uid, rv, schema, data: JSON.stringify(object) };
    const owners = ownerReferences.map((owner) => owner.uid);
    this.#begin(resource, name, !fleeting);
    try {
      this.log.append(row, type, prev?.data ?? null, now);
      if (type === 'DELETED') this.objects.remove(row);
      else this.objects.put(row, owners);
    } catch (error) {
      this.#abort(error);
      throw error;
    }
    this.#rv = rv;
    return row;
  }

  /** Resolves when all that was written so far is on disk; rejects when the disk refused it. */
  flushed(): Promise<void> {
    return this.#pending?.done ?? Promise.resolve();
  }

  /** Calls back after each commit, once for each resource that changed. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keeps the history above `rv` until the returned function is called. */
  pin(rv: number): () => void {
    const pin = { rv };
    this.#pins.add(pin);
    return () => this.#pins.delete(pin);
  }

  compact(now = Date.now()): void {
    this.log.compact(now, Math.min(this.#committed, ...[...this.#pins].map((pin) => pin.rv)));
  }

  setting(key: string): string | undefined {
    const row = this.#db.prepare('SELECT value FROM settings WHERE key = ?').get(key) as { value: string } | undefined;
    return row?.value;
  }

  setSetting(key: string, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(key, value);
    this.#writeAhead.sync();
  }

  close(): void {
    this.#commit();
    this.#db.close();
    this.#writeAhead.close();
  }

  #begin(resource: string, name: string, durable: boolean): void {
    if (!this.#pending) {
      this.#db.exec('BEGIN IMMEDIATE');
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      promise.catch(() => {});
      const settle = (error?: unknown) => (error ? reject(error) : resolve());
      this.#pending = { changed: new Map(), durable: false, done: promise, settle };
      setImmediate(() => this.#commit());
    }
    this.#pending.durable ||= durable;
    const names = this.#pending.changed.get(resource);
    if (names) names.add(name);
    else this.#pending.changed.set(resource, new Set([name]));
  }

  #commit(): void {
    const pending = this.#pending;
    if (!pending) return;
    this.#pending = undefined;
    try {
      this.#db.exec('COMMIT');
      this.#committed = this.#rv;
    } catch (error) {
      this.#pending = pending;
      this.#abort(error);
      return;
    }
    pending.settle(pending.durable ? this.#whyNotSynced() : undefined);
    for (const [resource, names] of pending.changed) for (const listener of this.#listeners) listener(resource, names);
  }

  /** Everybody sees what was written; who wrote it hears that it may not last. */
  #whyNotSynced(): unknown {
    try {
      this.#writeAhead.sync();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** A full disk, say. Nothing of this transaction was acknowledged; every writer in it hears the error. */
  #abort(error: unknown): void {
    this.#pending?.settle(error);
    this.#pending = undefined;
    this.#rv = this.#committed;
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself.
    }
  }
}
