import type { Writable } from 'node:stream';
import type { Call } from '../call.ts';
import { decode } from '../codec.ts';
import { drained } from '../http/drained.ts';
import { acceptsGzip } from '../http/respond.ts';
import { type Selection, selection } from '../selectors/index.ts';
import { badRequest, expired, StatusError } from '../status-error.ts';
import type { PageRequest, Row } from '../store/objects.ts';
import { encodeContinue, parseContinue } from './continue.ts';
import { checkListOptions } from './list-options.ts';
import { requireInteger } from './options.ts';
import { type Renderer, renderer } from './view.ts';

/** Rows fetched at once; what a list of any length holds in memory. */
const batch = 100;
/** Characters written at once: few writes, and little in memory. */
const pieceLength = 64 * 1024;
/** Lists longer than this are worth compressing. */
const gzipRows = 100;
/** A client that stops reading must not keep history from being compacted for ever. */
const stalledMs = 60_000;

interface Listing {
  call: Call;
  select: Selection;
  page: Omit<PageRequest, 'limit'>;
  /** 0: no limit. */
  limit: number;
}

/** Streams a collection as it was at one resource version, however many chunks the client takes it in. */
export async function listVerb(call: Call): Promise<undefined> {
  await call.api.store.flushed();
  const listing = startListing(call);
  const unpin = call.api.store.pin(listing.page.at);
  try {
    await stream(listing, renderer(call));
  } finally {
    unpin();
  }
}

function startListing(call: Call): Listing {
  const { query, served, info } = call;
  checkListOptions(query, false);
  const select = selection(query, served);
  const from = startingPoint(call);
  const namespace = info.namespace || select.namespace;
  const page = { resource: served.storage, namespace: namespace || undefined, name: select.name, ...from };
  return { call, select, page, limit: readLimit(query) };
}

function readLimit(query: URLSearchParams): number {
  return Math.max(0, requireInteger(query, 'limit') ?? 0);
}

/** The version to list at, and the key to begin after. @throws StatusError 410 when that past is gone */
function startingPoint({ api, query }: Call): Pick<PageRequest, 'at' | 'after'> {
  const { committed } = api.store;
  const token = query.get('continue');
  const wanted = query.get('resourceVersion');
  if (token) {
    const { rv, after } = parseContinue(token);
    if (wanted && wanted !== '0') throw badRequest('specifying resource version is not allowed when using continue');
    if (rv < api.store.log.compacted()) {
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      );
    }
    return { at: rv, after };
  }
  const after = { namespace: '', name: '' };
  const match = query.get('resourceVersionMatch');
  if (!wanted || wanted === '0') return { at: committed, after };
  const rv = requireKnownVersion(wanted, committed);
  if (match !== 'Exact') return { at: committed, after };
  if (rv < api.store.log.compacted()) throw expired(`The resourceVersion for the provided list is too old.`);
  return { at: rv, after };
}

/** @throws StatusError 400 for what is no number, 504 for a version that this server has not reached */
export function requireKnownVersion(text: string, committed: number): number {
  const rv = Number(text);
  if (!/^\d+$/.test(text)) {
    const why = `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw badRequest(`invalid resource version: resourceVersion: ${why}`);
  }
  if (rv <= committed) return rv;
  throw new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${rv}, current: ${committed}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

async function stream(listing: Listing, render: Renderer): Promise<void> {
  const { call, page, limit } = listing;
  const out = await openOutput(call, limit || call.api.store.objects.count(page.resource, page.namespace));
  let text = render.list.open;
  let sent = 0;
  let more = false;
  let last: Row | undefined;
  for (const { row, item } of matching(listing, render)) {
    more = limit > 0 && sent === limit;
    if (more) break;
    text += sent === 0 ? item : `,${item}`;
    last = row;
    sent++;
    if (text.length < pieceLength) continue;
    if (!out.write(text)) await drained(out, call.res, stalledMs);
    if (call.res.destroyed) return;
    text = '';
  }
  out.end(text + render.list.close(metadata(listing, more ? last : undefined)));
}

/** The rows that the selectors let through, each with its text; read in batches. */
function* matching(listing: Listing, render: Renderer): Generator<{ row: Row; item: string }> {
  const { call, page, select } = listing;
  const { objects } = call.api.store;
  let { after } = page;
  for (;;) {
    const rows = objects.page({ ...page, after, limit: batch });
    for (const row of rows) {
      const object = select.matches && decode(call.served, row);
      if (object && !select.matches?.(object)) continue;
      yield { row, item: render.item(row, object) };
    }
    const last = rows.at(-1);
    if (!last || rows.length < batch) return;
    after = { namespace: last.namespace, name: last.name };
  }
}

/** @param last where the next chunk begins, if there is one */
function metadata(listing: Listing, last: Row | undefined): object {
  const { page, select, call } = listing;
  const resourceVersion = String(page.at);
  if (!last) return { resourceVersion };
  const token = encodeContinue(page.at, last);
  // With a selector the remaining number is not known without reading it all; a real server leaves it out too.
  if (select.matches || select.name !== undefined) return { resourceVersion, continue: token };
  const total = call.api.store.objects.countAfter({ ...page, after: last });
  return { resourceVersion, continue: token, remainingItemCount: total };
}

async function openOutput({ req, res }: Call, rows: number): Promise<Writable> {
  res.statusCode = 200;
  res.setHeader('content-type', 'application/json');
  res.setHeader('cache-control', 'no-cache, private');
  if (rows < gzipRows || !acceptsGzip(req)) return res;
  const { createGzip } = await import('node:zlib');
  res.setHeader('content-encoding', 'gzip');
  const gzip = createGzip({ level: 1, chunkSize: 64 * 1024 });
  gzip.pipe(res);
  return gzip;
}
