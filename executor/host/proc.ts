import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** One process as /proc shows it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly argv: readonly string[];
  /** `R S D T t Z X I` of proc(5): `T` is stopped by a signal, `Z` has ended and waits for its parent. */
  readonly state: string;
  /** Clock ticks from boot to the start: with the boot id, what tells a process from a later one of the same pid. */
  readonly startTime: number;
  readonly parent: number;
  /** Threads that are left. A process whose first thread has ended is a zombie, and holds its files until the last has. */
  readonly threads: number;
}

/** The process of that pid, or nothing. A kernel thread and a zombie have an empty argv. */
export function readProcess(pid: number): ProcessInfo | undefined {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { pid, argv, ...parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')) };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Whether the command line of a process holds a text anywhere; one that is gone has none. */
export function mentions(pid: number, text: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).includes(text);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** Every pid of this moment. */
export function listPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** The kernel's name for this boot; changes with each. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** The second field, the process's name, can hold spaces and brackets: count from its last bracket. */
export function parseStat(stat: string): Pick<ProcessInfo, 'state' | 'startTime' | 'parent' | 'threads'> {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    startTime: Number(fields[19]),
    threads: Number(fields[17]),
  };
}

/** ESRCH comes from a process that ends between open and read. */
function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ESRCH';
}
