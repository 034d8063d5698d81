import { union } from '../fields/set.ts';
import { identityKey, type Managed, type Managers } from './managed.ts';

/** Above this many updaters, the oldest are merged (apimachinery's `capManagers`). */
const MAX_UPDATERS = 10;
const ANCIENT = 'ancient-changes';

/** Keeps the number of updaters bounded, in place: the oldest become one bucket a version. */
export function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  const excess = updaters.length - MAX_UPDATERS;
  if (excess <= 0) return;
  updaters.sort(([, a], [, b]) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1));
  // A bucket takes a place of its own, so one more goes in.
  for (const [key, managed] of updaters.slice(0, excess + 1)) bury(managers, key, managed);
}

function bury(managers: Managers, key: string, managed: Managed): void {
  const head = { manager: ANCIENT, operation: 'Update', apiVersion: managed.apiVersion } as const;
  const bucket = managers.get(identityKey(head));
  managers.delete(key);
  managers.set(identityKey(head), {
    ...head,
    ...later(bucket, managed),
    set: bucket ? union(bucket.set, managed.set) : managed.set,
  });
}

function later(a: Managed | undefined, b: Managed): { time?: string } {
  const time = [a?.time, b.time]
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);
  return time === undefined ? {} : { time };
}
