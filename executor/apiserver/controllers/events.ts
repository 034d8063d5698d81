import type { Api } from '../call.ts';
import { toCoreEvent } from '../event-forms.ts';
import type { KubeObject } from '../types.ts';

/** As kube-apiserver's `--event-ttl`; and, since a disk is small, never more than so many. */
const keep = { milliseconds: 60 * 60_000, most: 5_000 };
const atOnce = 500;

/** Deletes events that are old or too many; those first that were not written for longest. */
export function expireEvents({ store, now }: Api): void {
  const excess = store.objects.count('events') - keep.most;
  const oldest = store.objects.oldest('events', Math.max(excess, atOnce));
  oldest.forEach((row, index) => {
    const object = JSON.parse(row.data) as KubeObject;
    if (index >= excess && now().getTime() - lastSeen(object) <= keep.milliseconds) return;
    store.write({ type: 'DELETED', resource: 'events', schema: row.schema, object, prev: row });
  });
}

/** An event that is counted again lives on. */
function lastSeen(object: KubeObject): number {
  const { lastTimestamp, eventTime, series, metadata } = toCoreEvent(object) as KubeObject & {
    lastTimestamp?: string;
    eventTime?: string;
    series?: { lastObservedTime?: string };
  };
  const times = [lastTimestamp, eventTime, series?.lastObservedTime, metadata.creationTimestamp];
  return Math.max(...times.map((time) => Date.parse(time ?? '') || 0));
}
