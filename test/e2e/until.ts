import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  readonly limitMs: number;
  /** What was waited for, for the error. */
  readonly what: () => string;
}

const STEP_MS = 20;

/**
 * Waits for what sends no events, such as a file or a process. Slow machines only make it slower: a look that takes long, such as
 * one that starts a program, leaves them most of the time for what is waited for.
 */
export async function until(holds: () => boolean | Promise<boolean>, { limitMs, what }: UntilOptions): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const begin = performance.now();
    if (await holds()) return;
    const end = performance.now();
    if (end > deadline) throw new Error(`waited ${limitMs} ms for ${what()}`);
    await sleep(Math.max(STEP_MS, 2 * (end - begin)));
  }
}
