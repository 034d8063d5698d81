/** One line of the benchmark: ours against the bare tool's, in one run. */
export interface Measure {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number;
  /** ours / baseline: less is better for times and memory, more for throughput. */
  readonly ratio: number;
  readonly unit: 'ms' | 's' | 'KiB' | 'MiB' | 'MiB/s' | 'requests' | 'requests/s' | 'placed/s' | 'events';
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Rounded as it is printed: a figure with more digits than the noise allows would mislead. */
const rounded = (value: number): number => Number(value.toPrecision(3));

export function measure(name: string, unit: Measure['unit'], ours: number, baseline: number): Measure {
  return { name, ours: rounded(ours), baseline: rounded(baseline), ratio: rounded(ours / baseline), unit };
}

/** What goes through in a second, of so many mebibytes in so many milliseconds each. */
export const throughput = (name: string, mebibytes: number, oursMs: number, baselineMs: number): Measure =>
  measure(name, 'MiB/s', (mebibytes * 1000) / oursMs, (mebibytes * 1000) / baselineMs);

/** Milliseconds of one run of `work`. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** So long what the last round set going may need: the looks at what changed, the answers to those who watch. */
const SETTLE_MS = 60;
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

/**
 * Medians of two pieces of work done in turn, so that both meet the same machine. Each returns its own milliseconds, since what
 * comes before and after (clean-up, waiting for the rest) must not count.
 */
export async function paired(
  rounds: number,
  ours: () => Promise<number>,
  baseline: () => Promise<number>,
): Promise<[number, number]> {
  const a: number[] = [];
  const b: number[] = [];
  await ours();
  await baseline();
  for (let round = 0; round < rounds; round += 1) {
    a.push(await ours());
    b.push(await baseline());
  }
  return [median(a), median(b)];
}
