import type { Call } from '../call.ts';
import { apiVersionOf, decode } from '../codec.ts';
import { drained } from '../http/drained.ts';
import { selection } from '../selectors/index.ts';
import { expired, type Status } from '../status-error.ts';
import type { EventType, LogRow } from '../store/eventlog.ts';
import type { PageRequest } from '../store/objects.ts';
import { requireKnownVersion } from './list.ts';
import { checkListOptions } from './list-options.ts';
import { type Renderer, renderer } from './view.ts';
import { Alarm } from './watch-alarm.ts';

const batch = 100;

interface Watching {
  call: Call;
  render: Renderer;
  matches: ReturnType<typeof selection>['matches'];
  scope: Pick<PageRequest, 'resource' | 'namespace' | 'name'>;
  bookmarks: boolean;
  /** All changes up to here were sent. */
  cursor: number;
}

/**
 * Streams changes after a resource version, read from the log, so that nothing is lost or sent twice however often
 * client or server begin anew, and a slow client costs no memory.
 */
export async function watchVerb(call: Call): Promise<undefined> {
  await call.api.store.flushed();
  const { watching, initial } = startWatching(call);
  const { res } = call;
  res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  res.flushHeaders();
  const alarm = new Alarm(call, watching.scope);
  try {
    if (initial) await sendInitial(watching);
    await follow(watching, alarm);
  } finally {
    alarm.stop();
    res.end();
  }
}

function startWatching(call: Call): { watching: Watching; initial: boolean } {
  const { query, served, info, api } = call;
  const { committed } = api.store;
  checkListOptions(query, true);
  const select = selection(query, served);
  const rv = query.get('resourceVersion') ?? '';
  const asked = query.get('sendInitialEvents');
  const bookmarks = query.get('allowWatchBookmarks') === 'true';
  const wanted = rv === '' ? committed : requireKnownVersion(rv, committed);
  const initial = asked === 'true' || (asked === null && (rv === '' || rv === '0'));
  const cursor = initial || wanted === 0 ? committed : wanted;
  const namespace = info.namespace || select.namespace;
  const scope = { resource: served.storage, namespace: namespace || undefined, name: info.name || select.name };
  return { watching: { call, render: renderer(call), matches: select.matches, scope, bookmarks, cursor }, initial };
}

/** The state at the cursor as additions; then, for clients that asked, the bookmark that says it was all. */
async function sendInitial(watching: Watching): Promise<void> {
  const { call, render, scope, cursor: at, matches } = watching;
  const { store } = call.api;
  const unpin = store.pin(at);
  try {
    let after = { namespace: '', name: '' };
    for (;;) {
      const rows = store.objects.page({ ...scope, at, after, limit: batch });
      for (const row of rows) {
        const object = matches && decode(call.served, row);
        if (object && !matches?.(object)) continue;
        await write(watching, 'ADDED', render.event(row, object));
      }
      const last = rows.at(-1);
      if (!last || rows.length < batch) break;
      after = { namespace: last.namespace, name: last.name };
    }
  } finally {
    unpin();
  }
  if (call.query.get('sendInitialEvents') === 'true') {
    await bookmark(watching, { annotations: { 'k8s.io/initial-events-end': 'true' } });
  }
}

async function follow(watching: Watching, alarm: Alarm): Promise<void> {
  const { call, scope } = watching;
  const { log } = call.api.store;
  while (!call.res.destroyed) {
    if (watching.cursor < log.compacted()) return fail(watching, log.compacted());
    const until = call.api.store.committed;
    const rows = log.since({ ...scope, after: watching.cursor, until, limit: batch });
    for (const row of rows) {
      const change = asSeen(watching, row);
      if (change) await write(watching, change.type, change.text);
      watching.cursor = row.rv;
    }
    if (rows.length === batch) continue;
    watching.cursor = until;
    if (call.api.store.committed > until) continue;
    const reason = await alarm.ring();
    if (reason === 'bookmark' || reason === 'end') await bookmark(watching);
    if (reason === 'end') return;
  }
}

/** A change as this selector sees it: an object that begins to match is added, one that stops is deleted. */
function asSeen({ call, render, matches }: Watching, row: LogRow): { type: EventType; text: string } | undefined {
  if (!matches) return { type: row.type, text: render.event(row) };
  const object = decode(call.served, row);
  const is = matches(object);
  if (row.type !== 'MODIFIED') return is ? { type: row.type, text: render.event(row, object) } : undefined;
  const previous = row.prev === null ? undefined : decode(call.served, { schema: '', data: row.prev });
  const was = previous !== undefined && matches(previous);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', text: render.event(row, object) };
  if (!was) return undefined;
  previous.metadata.resourceVersion = String(row.rv);
  return { type: 'DELETED', text: render.event({ schema: '', data: JSON.stringify(previous) }, previous) };
}

async function write(
  { call: { res } }: Watching,
  type: EventType | 'BOOKMARK' | 'ERROR',
  object: string,
): Promise<void> {
  if (res.destroyed) return;
  if (!res.write(`{"type":"${type}","object":${object}}\n`)) await drained(res, res);
}

async function bookmark(watching: Watching, extra: object = {}): Promise<void> {
  if (!watching.bookmarks) return;
  const { served } = watching.call;
  const metadata = { name: '', resourceVersion: String(watching.cursor), creationTimestamp: null, ...extra };
  const object = { kind: served.kind, apiVersion: apiVersionOf(served), metadata };
  await write(watching, 'BOOKMARK', JSON.stringify(object));
}

/** The client must list again: what came after its version is no longer known. */
function fail(watching: Watching, oldest: number): Promise<void> {
  const status: Status = expired(`too old resource version: ${watching.cursor} (${oldest})`).body();
  return write(watching, 'ERROR', JSON.stringify(status));
}
