import type { Answer, Json } from './answer.ts';

/** Puts tokens for what may differ from server to server: times, uids, versions, addresses. One per transcript. */
export type Normaliser = (answer: Answer) => Answer;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIMES: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, '<microtime>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>'],
  [/(?<=Web_)[0-9a-z]{5}\b/g, '<random>'],
  [/(?<=resource version: \d+(?:, current: | \())\d+/g, '<version>'],
  [/(?<=ResourceVersion in record \()\d+/g, '<version>'],
  [/(?<=resourceVersion: ")\d+/g, '<version>'],
  [/(?<=Resource Version: {2,})\d+/g, '<version>'],
  [/https:\/\/127\.0\.0\.1:\d+/g, '<server>'],
];

/** What is made for people: kubectl's output, the cells of a table. */
const PRINTED = new Set(['stdout', 'cells']);

/** Ages, as they are printed; a few seconds have the same width. */
const AGES = /\b\d+s\b/g;

/** Keys whose values are the server's own, and may only be compared by being there. */
const OPAQUE = new Set(['resourceVersion', 'continue', 'storageVersionHash']);

export function normaliser(): Normaliser {
  const uids = new Map<string, string>();
  const uid = (found: string): string => {
    const known = uids.get(found) ?? `<uid ${uids.size + 1}>`;
    uids.set(found, known);
    return known;
  };
  const text = (value: string): string =>
    TIMES.reduce((rest, [pattern, token]) => rest.replace(pattern, token), value.replace(UUID, uid));
  const value = (node: Json, key = ''): Json => {
    if (OPAQUE.has(key) && typeof node === 'string') return node === '' ? '' : `<${key}>`;
    if (typeof node === 'string') return PRINTED.has(key) ? text(node).replace(AGES, '<age>') : text(node);
    if (Array.isArray(node))
      return inOrder(
        key,
        node.map((item) => value(item, key)),
      );
    if (node === null || typeof node !== 'object') return node;
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [text(name), value(child, name)]));
  };
  return (answer) => ({ ...answer, body: anyOrder(sorted(value(answer.body))) });
}

/** Managers are listed by the second of their last change, and a second may pass anywhere. */
function inOrder(key: string, items: Json[]): Json[] {
  if (key !== 'managedFields') return items;
  const identity = (item: Json): string => {
    const { manager, operation, subresource = '' } = item as Record<string, string>;
    return `${operation} ${manager} ${subresource}`;
  };
  return items.toSorted((a, b) => (identity(a) < identity(b) ? -1 : 1));
}

/** Go's maps give discovery no order either. */
function sorted(body: Json): Json {
  if (body === null || typeof body !== 'object' || Array.isArray(body) || !Array.isArray(body['resources']))
    return body;
  return { ...body, resources: body['resources'].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) };
}

const nameOf = (item: Json): string => String((item as { name?: string }).name);

type Cause = { [key: string]: Json };

/**
 * kube-apiserver walks Go maps while it validates, so the order of its causes changes from run to run: they are sorted,
 * and the status' own message keeps a token where each of them stands.
 */
function anyOrder(body: Json): Json {
  if (body === null || typeof body !== 'object' || Array.isArray(body) || body['kind'] !== 'Status') return body;
  const details = body['details'] as { causes?: Cause[] } | undefined;
  if (!details?.causes || typeof body['message'] !== 'string') return body;
  const texts = details.causes
    .map((cause) => `${cause.field}: ${cause.message}`)
    .toSorted((a, b) => b.length - a.length);
  const message = texts.reduce((rest, cause) => rest.replace(cause, '<cause>'), body['message']);
  const causes = details.causes.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { ...body, message, details: { ...details, causes: causes as Json[] } };
}
