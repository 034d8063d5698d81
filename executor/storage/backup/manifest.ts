import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeFileAtomic } from '../../host/atomic.ts';
import { syncFile } from '../volume/ownership.ts';
import { backupFile, manifestFile } from './layout.ts';

/** What lies beside the copies, so that a backup explains itself without an API. */
export interface Manifest {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly machine: string;
  /** RFC 3339, to the millisecond: two backups may follow each other fast, and the newest is what the next is built on. */
  readonly takenAt: string;
  readonly type: 'Full' | 'Incremental';
  readonly disks: readonly string[];
  /** The machine's spec. */
  readonly spec: object;
}

/** The manifest of a whole backup; nothing while it is being made, or where there is none. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(manifestFile(folder), 'utf8')) as Manifest;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Declares a backup whole: only once every copy outlasts a power cut. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  for (const disk of manifest.disks) await syncFile(backupFile(folder, disk));
  await writeFileAtomic(manifestFile(folder), `${JSON.stringify(manifest, undefined, 2)}\n`, { alone: true });
  await syncFolder(dirname(folder));
}
