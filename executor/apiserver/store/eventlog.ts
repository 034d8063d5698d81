import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Row } from './objects.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One change. `data` is the object after it (for a deletion, its last state); `prev` the one before. */
export interface LogRow extends Row {
  type: EventType;
  prev: string | null;
}

/** Like etcd's compaction in Kubernetes, five minutes; but never fewer than so many changes, nor very many more. */
const retention = { milliseconds: 5 * 60_000, least: 1_000, most: 50_000 };

/** The history that watches resume from. */
export class EventLog {
  readonly #append: StatementSync;
  readonly #since: StatementSync;
  readonly #bounds: StatementSync;
  readonly #aged: StatementSync;
  readonly #compact: StatementSync;
  readonly #last: StatementSync;

  constructor(db: DatabaseSync) {
    this.#append = db.prepare(`INSERT INTO log (rv, time, type, resource, namespace, name, uid, schema, data, prev)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#since = db.prepare(`SELECT rv, type, resource, namespace, name, uid, schema, data, prev FROM log
      WHERE resource = :resource AND rv > :after AND rv <= :until
      AND (:ns IS NULL OR namespace = :ns) AND (:name IS NULL OR name = :name) ORDER BY rv LIMIT :limit`);
    // Each alone is one step down the tree; asked for together, SQLite reads the whole log.
    this.#bounds = db.prepare('SELECT (SELECT min(rv) FROM log) AS low, (SELECT max(rv) FROM log) AS high');
    this.#aged = db.prepare('SELECT max(rv) AS rv FROM log WHERE time < ?');
    this.#compact = db.prepare('DELETE FROM log WHERE rv <= ?');
    this.#last = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'log'");
  }

  append(row: Row, type: EventType, prev: string | null, time: number): void {
    const { rv, resource, namespace, name, uid, schema, data } = row;
    this.#append.run(rv, time, type, resource, namespace, name, uid, schema, data, prev);
  }

  /** Changes with `after < rv <= until`, oldest first. */
  since(query: {
    resource: string;
    after: number;
    until: number;
    limit: number;
    namespace?: string | undefined;
    name?: string | undefined;
  }): LogRow[] {
    const { resource, after, until, limit, namespace, name } = query;
    const keys = { resource, after, until, limit, ns: namespace ?? null, name: name ?? null };
    return this.#since.all(keys) as unknown as LogRow[];
  }

  /** The newest resource version ever given, compacted or not. */
  last(): number {
    const row = this.#last.get() as { seq: number } | undefined;
    return row?.seq ?? 0;
  }

  /** The newest resource version that is no longer in the log. */
  compacted(): number {
    const { low } = this.#bounds.get() as { low: number | null };
    return low === null ? this.last() : low - 1;
  }

  /** Forgets what is old; nothing above `floor`. */
  compact(now: number, floor: number): void {
    const { high } = this.#bounds.get() as { high: number | null };
    if (high === null) return;
    const { rv } = this.#aged.get(now - retention.milliseconds) as { rv: number | null };
    const oldest = Math.max(Math.min(rv ?? 0, high - retention.least), high - retention.most);
    this.#compact.run(Math.min(oldest, floor));
  }
}
