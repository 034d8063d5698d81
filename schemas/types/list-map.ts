import type { z } from 'zod';

/** Marks a list as merged by `keys`, so that server-side apply and strategic tools own its items one by one. */
export function listMap<S extends z.ZodArray>(list: S, ...keys: readonly string[]): S {
  return list.meta({ ...list.meta(), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys] }) as S;
}

/** Marks a list of scalars as a set. */
export function listSet<S extends z.ZodArray>(list: S): S {
  return list.meta({ ...list.meta(), 'x-kubernetes-list-type': 'set' }) as S;
}

/** Marks a list as replaced whole. */
export function listAtomic<S extends z.ZodArray>(list: S): S {
  return list.meta({ ...list.meta(), 'x-kubernetes-list-type': 'atomic' }) as S;
}
