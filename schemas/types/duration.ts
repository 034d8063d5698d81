/** Milliseconds of a duration such as `1h30m`. */
export function parseDuration(text: string): number {
  const unit: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };
  return [...text.matchAll(/([0-9]+)([hms])/g)].reduce((sum, [, n, u]) => sum + Number(n) * (unit[u ?? 's'] ?? 0), 0);
}
