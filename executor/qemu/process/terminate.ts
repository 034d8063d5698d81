import { setTimeout as sleep } from 'node:timers/promises';
import { readProcess } from '../../host/proc.ts';
import { type QemuState, toState } from './observe.ts';

export interface TerminateOptions {
  /** Milliseconds that SIGTERM has before SIGKILL follows; 5000 when left out, 0 for SIGKILL at once. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

interface Target {
  readonly pid: number;
  readonly startTime: number;
}

const GRACE_MS = 5000;
/** SIGKILL waits only for the kernel: a write that hangs on a dead NFS server can keep a process for minutes. */
const KILL_MS = 10_000;
const FIRST_POLL_MS = 2;
const LAST_POLL_MS = 50;

/**
 * Ends a qemu, child of ours or not, and waits until it is gone. One that is gone already is fine.
 * @throws when it is stopped by a signal (see `QemuState`), or not even SIGKILL ends it
 */
export async function terminateQemu(target: Target, options: TerminateOptions = {}): Promise<void> {
  const { graceMs = GRACE_MS, signal } = options;
  const state = stateOf(target);
  if (state.state === 'unknown') throw new Error(state.reason);
  if (graceMs > 0 && (await endsAfter('SIGTERM', target, graceMs, signal))) return;
  if (await endsAfter('SIGKILL', target, KILL_MS, signal)) return;
  throw new Error(
    `qemu (pid ${target.pid}) is still there ${KILL_MS} ms after SIGKILL: it waits for a device or a network file system`,
  );
}

/** Waits until a process is gone. @returns false when it is still there after so many milliseconds */
export async function waitForExit(target: Target, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  let delay = FIRST_POLL_MS;
  while (stateOf(target).state !== 'gone') {
    if (performance.now() >= deadline) return false;
    await sleep(delay, undefined, signal && { signal });
    delay = Math.min(delay * 1.5, LAST_POLL_MS);
  }
  return true;
}

async function endsAfter(
  name: NodeJS.Signals,
  target: Target,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  if (stateOf(target).state === 'gone') return true;
  try {
    process.kill(target.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  return waitForExit(target, timeoutMs, signal);
}

function stateOf({ pid, startTime }: Target): QemuState {
  const process = readProcess(pid);
  return toState(process?.startTime === startTime ? process : undefined);
}
