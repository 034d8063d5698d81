import { readFile, rm } from 'node:fs/promises';
import { writeFileAtomic } from '../../host/atomic.ts';
import { besideRunDir } from '../../host/paths.ts';

/** What is written down about a machine's qemu, so that a restarted executor knows it again. */
export interface PidRecord {
  readonly uuid: string;
  /** Not there yet between the intent to start and the start: such a record makes the reader search /proc. */
  readonly pid?: number;
  /** Clock ticks after boot: see `ProcessInfo`. */
  readonly startTime?: number;
  /** A pid means nothing after the next boot. */
  readonly bootId: string;
}

const NAME = 'qemu.json';

/** Not durable on purpose: after a power cut there is no process to know again, and a start need not wait for the disk. */
export async function writeRecord(runDir: string, record: PidRecord): Promise<void> {
  await writeFileAtomic(besideRunDir(runDir, NAME), `${JSON.stringify(record)}\n`, { durable: false });
}

/** The record, or nothing when there is none or a power cut left it unreadable. */
export async function readRecord(runDir: string): Promise<PidRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(besideRunDir(runDir, NAME), 'utf8'));
    return isRecord(record) ? record : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is PidRecord {
  const record = value as PidRecord | null;
  return typeof record === 'object' && typeof record?.uuid === 'string' && typeof record.bootId === 'string';
}

/** Forgets the process, as when the machine is deleted. */
export async function removeRecord(runDir: string): Promise<void> {
  await rm(besideRunDir(runDir, NAME), { force: true });
}
