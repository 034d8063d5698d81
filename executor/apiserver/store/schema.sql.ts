/**
 * `objects` is the present; `log` is what a watch reads and, through `prev`, how a chunked list sees the past.
 * AUTOINCREMENT keeps the resource version growing even when the newest log rows were compacted away.
 * `schema` names the version and the schema revision that `data` was last written with.
 */
export const schemaSql = `
CREATE TABLE IF NOT EXISTS objects (
  resource TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  uid TEXT NOT NULL,
  rv INTEGER NOT NULL,
  schema TEXT NOT NULL,
  data TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS objects_key ON objects (resource, namespace, name);
CREATE INDEX IF NOT EXISTS objects_uid ON objects (uid);

CREATE TABLE IF NOT EXISTS log (
  rv INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  type TEXT NOT NULL,
  resource TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  uid TEXT NOT NULL,
  schema TEXT NOT NULL,
  data TEXT NOT NULL,
  prev TEXT
);
CREATE INDEX IF NOT EXISTS log_resource ON log (resource, rv);
CREATE INDEX IF NOT EXISTS log_key ON log (resource, namespace, name, rv);

CREATE TABLE IF NOT EXISTS owners (
  owner TEXT NOT NULL,
  dependent TEXT NOT NULL,
  PRIMARY KEY (owner, dependent)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS owners_dependent ON owners (dependent);

CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;
