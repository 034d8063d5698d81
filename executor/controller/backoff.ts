export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** How much of a delay is left to chance, so that what failed together does not come back together. */
const JITTER = 0.2;

/** The delay after so many failures in a row, doubling from the first to the longest. `random` is from 0 to 1. */
export function backoffDelay({ firstMs, longestMs }: Backoff, failures: number, random = Math.random()): number {
  const doubled = firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30);
  return Math.round(Math.min(doubled, longestMs) * (1 - JITTER * random));
}
