const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** A span as kubectl shows an age: `5s`, `3m12s`, `47h`, `2y10d`. Source: k8s.io/apimachinery `duration.HumanDuration`. */
export function humanDuration(ms: number): string {
  if (ms <= -2 * second) return '<invalid>';
  if (ms < 0) return '0s';
  const step = steps.find(({ below }) => ms < below) ?? last;
  return step.show(ms);
}

const pair = (ms: number, big: number, bigUnit: string, small: number, smallUnit: string): string => {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)}${bigUnit}${rest === 0 ? '' : `${rest}${smallUnit}`}`;
};

const last = { below: Number.POSITIVE_INFINITY, show: (ms: number) => `${Math.floor(ms / year)}y` };

const steps = [
  { below: 2 * minute, show: (ms: number) => `${Math.floor(ms / second)}s` },
  { below: 10 * minute, show: (ms: number) => pair(ms, minute, 'm', second, 's') },
  { below: 3 * hour, show: (ms: number) => `${Math.floor(ms / minute)}m` },
  { below: 8 * hour, show: (ms: number) => pair(ms, hour, 'h', minute, 'm') },
  { below: 2 * day, show: (ms: number) => `${Math.floor(ms / hour)}h` },
  { below: 8 * day, show: (ms: number) => pair(ms, day, 'd', hour, 'h') },
  { below: 2 * year, show: (ms: number) => `${Math.floor(ms / day)}d` },
  { below: 8 * year, show: (ms: number) => pair(ms, year, 'y', day, 'd') },
  last,
];

/** The age of an RFC 3339 time, or undefined when it is none. */
export function age(time: unknown, now: number): string | undefined {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? undefined : humanDuration(now - at);
}
