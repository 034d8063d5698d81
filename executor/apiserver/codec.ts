import { fromCoreEvent, toCoreEvent } from './event-forms.ts';
import type { Served } from './registry.ts';
import type { Row } from './store/objects.ts';
import type { KubeObject } from './types.ts';

export const apiVersionOf = ({ group, version }: { group: string; version: string }): string =>
  group ? `${group}/${version}` : version;

/** The object of a row as this version serves it: converted, pruned and defaulted if it was written by another. */
export function decode(served: Served, row: Pick<Row, 'schema' | 'data'>): KubeObject {
  const object = JSON.parse(row.data) as KubeObject;
  return row.schema === served.revision ? object : convert(served, object);
}

/** The JSON of a row as this version serves it; without parsing where nothing changes. */
export const encode = (served: Served, row: Pick<Row, 'schema' | 'data'>): string =>
  row.schema === served.revision ? row.data : JSON.stringify(decode(served, row));

function convert(served: Served, stored: KubeObject): KubeObject {
  const form = eventForms[served.resource];
  const object: KubeObject = { ...(form ? form(stored) : stored), apiVersion: apiVersionOf(served), kind: served.kind };
  if (served.builtin) return object;
  served.compiled.prune(object);
  served.compiled.default(object);
  return object;
}

/** Both kinds of Event are one thing in the store. */
const eventForms: Record<string, (object: KubeObject) => KubeObject> = {
  events: toCoreEvent,
  'events.events.k8s.io': fromCoreEvent,
};
