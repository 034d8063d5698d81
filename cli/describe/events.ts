import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { EVENTS } from '../api/resources.ts';
import { age } from '../duration.ts';
import { alignColumns, printable } from '../output/table.ts';

/** v1 Event. */
export interface Event extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject: {
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
  };
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

/** When it happened last, in milliseconds. */
export const lastTime = ({ series, lastTimestamp, eventTime, metadata }: Event): number =>
  Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '') || 0;

const countOf = ({ count, series }: Event): number => series?.count ?? count ?? 1;

export const objectOf = ({ involvedObject: { kind = '', name = '' } }: Event): string =>
  `${kind.toLowerCase()}/${name}`;

const oneLine = (text: string): string => printable(text.trim().replace(/\s*\n\s*/g, ' '));

/** Events from the oldest to the newest; those of one object where it is given. */
export async function listEvents(
  session: Session,
  namespace: string | undefined,
  of?: KubeObject,
): Promise<{ events: Event[]; resourceVersion: string }> {
  const fields =
    of === undefined
      ? undefined
      : [`involvedObject.name=${of.metadata.name}`, of.metadata.uid && `involvedObject.uid=${of.metadata.uid}`];
  const query = { fieldSelector: fields?.filter(Boolean).join(',') };
  const { items, metadata } = await session.client.list<Event>(EVENTS, namespace, { query });
  const events = items.sort((a, b) => lastTime(a) - lastTime(b));
  return { events, resourceVersion: metadata.resourceVersion };
}

/** `3m (x5 over 20m)` */
export function seen(event: Event, now: number): string {
  const last = age(now - lastTime(event));
  const first = Date.parse(event.firstTimestamp ?? event.metadata.creationTimestamp ?? '') || lastTime(event);
  return countOf(event) > 1 ? `${last} (x${countOf(event)} over ${age(now - first)})` : last;
}

/** The last section of `describe`. */
export function describeEvents(events: readonly Event[], now = Date.now()): string[] {
  if (events.length === 0) return ['Events:  <none>'];
  const rows = events.map((event) => [
    `  ${oneLine(event.type ?? '')}`,
    oneLine(event.reason ?? ''),
    seen(event, now),
    oneLine(event.source?.component || event.reportingComponent || ''),
    oneLine(event.message ?? ''),
  ]);
  const head = ['  Type', 'Reason', 'Age', 'From', 'Message'];
  return ['Events:', ...alignColumns([head, head.map((text) => text.replace(/\S/g, '-')), ...rows], 2)];
}

/** The rows of `vmctl events`. Whoever may write events may write anything into them. */
export const eventRow = (event: Event, now: number, namespaces: boolean): string[] =>
  [
    ...(namespaces ? [event.metadata.namespace ?? ''] : []),
    ...[seen(event, now), event.type ?? '', event.reason ?? '', objectOf(event), event.message ?? ''],
  ].map(oneLine);

export const eventHeader = (namespaces: boolean): string[] => [
  ...(namespaces ? ['NAMESPACE'] : []),
  ...['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
];
