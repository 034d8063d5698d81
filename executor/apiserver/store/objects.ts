import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** One stored object. `resource` is `plural.group`; `data` is its JSON, `schema` what that JSON conforms to. */
export interface Row {
  resource: string;
  namespace: string;
  name: string;
  uid: string;
  rv: number;
  schema: string;
  data: string;
}

export interface PageRequest {
  resource: string;
  /** undefined: all namespaces. */
  namespace?: string | undefined;
  name?: string | undefined;
  /** The resource version whose state is wanted. */
  at: number;
  /** The last key of the page before. */
  after: { namespace: string; name: string };
  limit: number;
}

const scope = 'AND (:ns IS NULL OR namespace = :ns) AND (:name IS NULL OR name = :name)';
const columns = 'resource, namespace, name, uid, rv, schema, data';

/** The state at `:at`: what has not changed since, and for what has, the state before its first change. */
const pastSql = `
SELECT ${columns} FROM objects
  WHERE resource = :resource AND rv <= :at AND (namespace, name) > (:afterNs, :afterName) ${scope}
UNION ALL
SELECT resource, namespace, name, uid, rv, '' AS schema, prev AS data FROM log AS l
  WHERE resource = :resource AND rv > :at AND prev IS NOT NULL AND (namespace, name) > (:afterNs, :afterName) ${scope}
  AND NOT EXISTS (SELECT 1 FROM log AS e WHERE e.resource = l.resource AND e.namespace = l.namespace
    AND e.name = l.name AND e.rv > :at AND e.rv < l.rv)
ORDER BY namespace, name LIMIT :limit`;

const presentSql = `SELECT ${columns} FROM objects
  WHERE resource = :resource AND (namespace, name) > (:afterNs, :afterName) ${scope}
  ORDER BY namespace, name LIMIT :limit`;

/** The present of every object, and through the log the recent past. */
export class ObjectTable {
  readonly #get: StatementSync;
  readonly #byUid: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #present: StatementSync;
  readonly #past: StatementSync;
  readonly #changed: StatementSync;
  readonly #count: StatementSync;
  readonly #countAfter: StatementSync;
  readonly #marked: StatementSync;
  readonly #absentOwners: StatementSync;
  readonly #held: StatementSync;
  readonly #oldest: StatementSync;
  readonly #dependents: StatementSync;
  readonly #disown: StatementSync;
  readonly #own: StatementSync;

  constructor(db: DatabaseSync) {
    this.#get = db.prepare(`SELECT ${columns} FROM objects WHERE resource = ? AND namespace = ? AND name = ?`);
    this.#byUid = db.prepare(`SELECT ${columns} FROM objects WHERE uid = ?`);
    this.#put = db.prepare(`INSERT INTO objects (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (resource, namespace, name) DO UPDATE
      SET uid = excluded.uid, rv = excluded.rv, schema = excluded.schema, data = excluded.data`);
    this.#remove = db.prepare('DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?');
    this.#present = db.prepare(presentSql);
    this.#past = db.prepare(pastSql);
    this.#changed = db.prepare('SELECT 1 FROM log WHERE resource = ? AND rv > ? LIMIT 1');
    this.#count = db.prepare(
      'SELECT count(*) AS n FROM objects WHERE resource = :resource AND (:ns IS NULL OR namespace = :ns)',
    );
    this.#countAfter = db.prepare(`SELECT count(*) AS n FROM objects WHERE resource = :resource
      AND (namespace, name) > (:afterNs, :afterName) AND (:ns IS NULL OR namespace = :ns)`);
    this.#marked = db.prepare(`SELECT ${columns} FROM objects
      WHERE resource = ? AND data LIKE '%"deletionTimestamp":%'`);
    this.#absentOwners = db.prepare(`SELECT DISTINCT owner FROM owners
      WHERE NOT EXISTS (SELECT 1 FROM objects WHERE uid = owner)`);
    this.#held = db.prepare(`SELECT uid FROM objects
      WHERE data LIKE '%"deletionTimestamp":%' AND (data LIKE '%"foregroundDeletion"%' OR data LIKE '%"orphan"%')`);
    this.#oldest = db.prepare(`SELECT ${columns} FROM objects WHERE resource = ? ORDER BY rv LIMIT ?`);
    this.#dependents = db.prepare(`SELECT ${columns} FROM objects
      WHERE uid IN (SELECT dependent FROM owners WHERE owner = ?)`);
    this.#disown = db.prepare('DELETE FROM owners WHERE dependent = ?');
    this.#own = db.prepare('INSERT OR IGNORE INTO owners (owner, dependent) VALUES (?, ?)');
  }

  get(resource: string, namespace: string, name: string): Row | undefined {
    return this.#get.get(resource, namespace, name) as Row | undefined;
  }

  byUid(uid: string): Row | undefined {
    return this.#byUid.get(uid) as Row | undefined;
  }

  /** @param owners the uids that the object's owner references name */
  put(row: Row, owners: readonly string[]): void {
    this.#put.run(row.resource, row.namespace, row.name, row.uid, row.rv, row.schema, row.data);
    this.#disown.run(row.uid);
    for (const owner of owners) this.#own.run(owner, row.uid);
  }

  remove(row: Row): void {
    this.#remove.run(row.resource, row.namespace, row.name);
    this.#disown.run(row.uid);
  }

  /** The objects whose owner references name `uid`. */
  dependents(uid: string): Row[] {
    return this.#dependents.all(uid) as unknown as Row[];
  }

  /** Rows of a resource that are being deleted; few, since a resource with a controller of its own is small. */
  marked(resource: string): Row[] {
    return this.#marked.all(resource) as unknown as Row[];
  }

  /** Owners that are named by an object and are nowhere. */
  absentOwners(): string[] {
    return this.#absentOwners.all().map((row) => String(row['owner']));
  }

  /** What waits for the garbage collector. Reads everything: for the start. */
  heldByCollector(): string[] {
    return this.#held.all().map((row) => String(row['uid']));
  }

  /** The rows that were not written for longest. */
  oldest(resource: string, limit: number): Row[] {
    return this.#oldest.all(resource, limit) as unknown as Row[];
  }

  /** Rows in key order, as they were at `at`. */
  page({ resource, namespace, name, at, after, limit }: PageRequest): Row[] {
    const keys = { resource, ns: namespace ?? null, name: name ?? null, limit };
    const from = { afterNs: after.namespace, afterName: after.name };
    const isPast = this.#changed.get(resource, at) !== undefined;
    const rows = isPast ? this.#past.all({ ...keys, ...from, at }) : this.#present.all({ ...keys, ...from });
    return rows as unknown as Row[];
  }

  /** How many rows come after a key. */
  countAfter({ resource, namespace, after }: Omit<PageRequest, 'limit' | 'at'>): number {
    const keys = { resource, ns: namespace ?? null, afterNs: after.namespace, afterName: after.name };
    return (this.#countAfter.get(keys) as { n: number }).n;
  }

  count(resource: string, namespace?: string): number {
    const row = this.#count.get({ resource, ns: namespace ?? null }) as { n: number };
    return row.n;
  }
}
