import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  readonly limitMs: number;
  /** What was waited for, for the error. */
  readonly what: () => string;
}

const STEP_MS = 20;

/** Waits for what sends no events, such as a file or a process. Slow machines only make it slower. */
export async function until(holds: () => boolean | Promise<boolean>, { limitMs, what }: UntilOptions): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms for ${what()}`);
    await sleep(STEP_MS);
  }
}
