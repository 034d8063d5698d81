/** A backup, or a snapshot, that a schedule made. */
export interface Made {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly takenAt: number;
  /** Whether it is whole. */
  readonly good: boolean;
  /** Failed for good: it keeps no place. */
  readonly failed: boolean;
  /** What it is built on. */
  readonly base?: string;
}

/**
 * Names of those that are not to be kept: all but the newest `keep` good ones and what these are built on. Failures never push
 * out what is good: the newest good one stays with its whole chain, however many came after it. Pure.
 */
export function expendable(made: readonly Made[], keep: number): string[] {
  const newestFirst = made.toSorted((a, b) => b.takenAt - a.takenAt || (a.name < b.name ? 1 : -1));
  const good = newestFirst.filter((one) => one.good);
  const kept = new Set(good.slice(0, Math.max(1, keep)).map(({ name }) => name));
  for (const one of newestFirst) if (kept.has(one.name) && one.base !== undefined) kept.add(one.base);
  const newest = good[0]?.takenAt ?? Number.POSITIVE_INFINITY;
  return newestFirst
    .filter(({ name, good: isGood, failed, takenAt }) => !kept.has(name) && (isGood || (failed && takenAt < newest)))
    .map(({ name }) => name);
}
