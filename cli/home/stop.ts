import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../errors.ts';
import { isExecutor, runningPid } from './daemon.ts';

const TERM_MS = 20_000;
const KILL_MS = 20_000;
const POLL_MS = 50;

async function ended(pid: number, home: string, withinMs: number): Promise<boolean> {
  for (let waited = 0; waited < withinMs; waited += POLL_MS) {
    if (!isExecutor(pid, home)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

/**
 * Ends the executor of a home, which leaves its machines running.
 * @returns its process id, or undefined where none ran
 */
export async function stopExecutor(home: string): Promise<number | undefined> {
  const pid = runningPid(home);
  if (pid === undefined) return undefined;
  try {
    process.kill(pid, 'SIGTERM');
    if (await ended(pid, home, TERM_MS)) return pid;
    // What the API acknowledged is on the disk already, so that this loses nothing.
    process.kill(pid, 'SIGKILL');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return pid;
    throw new Failure(
      'failed',
      `cannot end vm-executor (process ${pid}): ${(cause as Error).message}`,
      'run this as the user who ran vmctl up',
      { cause },
    );
  }
  if (await ended(pid, home, KILL_MS)) return pid;
  throw new Failure('failed', `vm-executor (process ${pid}) does not end`, 'look at what it waits for in /proc');
}
