import type { JsonSchema } from '../types.ts';
import { canonical, isObject } from './json.ts';

/**
 * Finds what an item of a list was before. Only the items of lists by key have a past of their own; others answer
 * undefined (apiserver's `CorrelatedObject`).
 */
export function correlate(old: unknown, schema: JsonSchema): (item: unknown) => unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return () => undefined;
  const past = new Map(old.map((item) => [itemKey(item, schema), item]));
  return (item) => past.get(itemKey(item, schema));
}

/** The keys of an item of a list by key, as a text; keys that are missing have their default. */
export function itemKey(item: unknown, schema: JsonSchema): string {
  return canonical(itemKeys(item, schema));
}

export function itemKeys(
  item: unknown,
  { 'x-kubernetes-list-map-keys': keys = [] }: JsonSchema,
): Record<string, unknown> {
  if (!isObject(item)) return {};
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]]));
}
