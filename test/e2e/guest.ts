import type { TestExecutor } from './harness.ts';
import { until } from './until.ts';

/** Every number after a letter on the writer guest's console, in order: `R` found on its disk at boot, `W` written. */
export async function numbers(executor: TestExecutor, name: string, letter: 'R' | 'W'): Promise<number[]> {
  const text = await executor.serial(name);
  return [...text.matchAll(new RegExp(`^${letter} ([0-9]{8})`, 'gm'))].map(([, number]) => Number(number));
}

/** The last number that the guest has written so far. */
export const lastWritten = async (executor: TestExecutor, name: string): Promise<number> =>
  (await numbers(executor, name, 'W')).at(-1) ?? 0;

/** Waits until the guest has written beyond a number. */
export async function writtenBeyond(executor: TestExecutor, name: string, beyond: number): Promise<number> {
  let last = 0;
  await until(
    async () => {
      last = await lastWritten(executor, name);
      return last > beyond;
    },
    { limitMs: 100_000, what: () => `${name} to write beyond ${beyond}; it is at ${last}\n${executor.log()}` },
  );
  return last;
}

/** Waits until the guest has booted so often. @returns what it found on its disk each time */
export async function booted(executor: TestExecutor, name: string, times: number): Promise<number[]> {
  let found: number[] = [];
  await until(
    async () => {
      found = await numbers(executor, name, 'R');
      return found.length >= times;
    },
    { limitMs: 100_000, what: () => `boot ${times} of ${name}; it found ${found}\n${executor.log()}` },
  );
  return found;
}
