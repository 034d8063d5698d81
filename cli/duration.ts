const UNIT: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of `90`, `90s`, `1h30m` or `250ms`; undefined where it is none. A bare number is seconds. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce(
    (sum, [, n, u]) => sum + Number(n) * (UNIT[u ?? 's'] ?? 0),
    0,
  );
}

/** The unit steps of k8s.io/apimachinery's HumanDuration: up to where a smaller unit is shown beside the larger. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [m, h, d] = [Math.floor(s / 60), Math.floor(s / 3600), Math.floor(s / 86_400)];
  const both = (large: number, unit: string, rest: number, small: string) =>
    `${large}${unit}${rest > 0 ? `${rest}${small}` : ''}`;
  if (s < 120) return `${s}s`;
  if (m < 10) return both(m, 'm', s % 60, 's');
  if (m < 180) return `${m}m`;
  if (h < 8) return both(h, 'h', m % 60, 'm');
  if (h < 48) return `${h}h`;
  if (d < 8) return both(d, 'd', h % 24, 'h');
  if (d < 730) return `${d}d`;
  const y = Math.floor(d / 365);
  return y < 8 ? both(y, 'y', d % 365, 'd') : `${y}y`;
}

/** How long ago a time of the API was, or `<unknown>` as kubectl says. */
export const since = (timestamp: string | undefined, now = Date.now()): string =>
  timestamp === undefined ? '<unknown>' : age(now - Date.parse(timestamp));
