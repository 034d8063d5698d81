import type * as z from 'zod';

/** The API server checks list maps and sets by itself; this is the same check for where there is no server. */
function unique<S extends z.ZodArray>(list: S, keyOf: (item: unknown) => string, message: string): S {
  return list.refine((items) => new Set(items.map(keyOf)).size === items.length, { message }) as S;
}

/** Marks a list as merged by `keys`, so that server-side apply and strategic tools own its items one by one. */
export function listMap<S extends z.ZodArray>(list: S, ...keys: readonly string[]): S {
  const keyOf = (item: unknown) => JSON.stringify(keys.map((key) => (item as Record<string, unknown>)[key]));
  const meta = { ...list.meta(), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys] };
  return unique(list, keyOf, `two items have the same ${keys.join(' and ')}`).meta(meta) as S;
}

/** Marks a list of scalars as a set. */
export function listSet<S extends z.ZodArray>(list: S): S {
  const meta = { ...list.meta(), 'x-kubernetes-list-type': 'set' };
  return unique(list, (item) => JSON.stringify(item), 'two items are the same').meta(meta) as S;
}

/** Marks a list as replaced whole. */
export function listAtomic<S extends z.ZodArray>(list: S): S {
  return list.meta({ ...list.meta(), 'x-kubernetes-list-type': 'atomic' }) as S;
}
