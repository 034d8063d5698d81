import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const STOP_MS = 10_000;
const READY_MS = 90_000;
const TAIL_LINES = 15;

/** A server that a test started. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The end of what it wrote, for the message of a failure. */
  tail(): string;
  isAlive(): boolean;
  /** SIGTERM, then SIGKILL when it takes longer than 10 s. */
  stop(): Promise<void>;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Starts a server with its output in `log`. */
export function startChild(name: string, file: string, args: readonly string[], log: string): Child {
  const fd = openSync(log, 'a');
  const child = spawn(file, [...args], { stdio: ['ignore', fd, fd] });
  closeSync(fd);
  const ended = once(child, 'exit');
  ended.catch(() => undefined);
  return {
    name,
    pid: child.pid ?? -1,
    tail: () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n'),
    isAlive: () => !hasEnded(child),
    async stop() {
      if (hasEnded(child)) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Waits until `isReady` says so. @throws with the child's last lines when it ended or 90 s passed */
export async function ready(child: Child, isReady: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + READY_MS;
  while (performance.now() < end) {
    if (!child.isAlive()) throw new Error(`${child.name} ended before it was ready:\n${child.tail()}`);
    if (await isReady().catch(() => false)) return;
    await delay(100);
  }
  throw new Error(`${child.name} was not ready after ${READY_MS / 1000} s:\n${child.tail()}`);
}
