import { closeSync, existsSync, fdatasyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { schemaSql } from './schema.sql.ts';

/**
 * Opens the state database and locks it for this process alone. The lock is the kernel's, so it ends with the
 * process however that dies. With `synchronous=NORMAL` no commit waits for the disk: those that have to are followed by `WriteAhead.sync`.
 * @throws Error when another server holds the file, or the file is not a database.
 */
export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;');
    db.exec('PRAGMA cache_size=-1024; PRAGMA journal_size_limit=4194304;');
    db.exec(`BEGIN IMMEDIATE; ${schemaSql} COMMIT;`);
  } catch (cause) {
    db.close();
    throw new Error(explain(path, cause), { cause });
  }
  return db;
}

/** The write-ahead log of an open database as a file. */
export interface WriteAhead {
  /** Makes all that was committed so far outlast a power cut. @throws what the disk says */
  sync(): void;
  close(): void;
}

/** A database in memory has none, and nothing to lose. */
export function openWriteAhead(path: string): WriteAhead {
  if (!existsSync(`${path}-wal`)) return { sync: () => {}, close: () => {} };
  const log = openSync(`${path}-wal`, 'r');
  return { sync: () => fdatasyncSync(log), close: () => closeSync(log) };
}

function explain(path: string, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/locked|busy/i.test(message)) {
    return `another API server is running on ${path}: stop it first (vmctl down), or use another folder`;
  }
  return `cannot open ${path}: ${message}; move the file away to start with an empty API`;
}
