import type { JsonSchema } from '../types.ts';
import { canonical, equal, isObject, type JsonObject } from './json.ts';

/**
 * Finds what an item of a list was before. Only the items of lists by key have a past of their own; others answer
 * undefined (apiserver's `CorrelatedObject`).
 */
export function correlate(old: unknown, schema: JsonSchema): (item: unknown) => unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return () => undefined;
  const past = new Map(old.map((item) => [itemKey(item, schema), item]));
  const { 'x-kubernetes-list-map-keys': keys = [] } = schema;
  // An item that lacks a key cannot be told from others that do.
  const isKeyed = (item: unknown): boolean => isObject(item) && keys.every((key) => Object.hasOwn(item, key));
  return (item) => (isKeyed(item) ? past.get(itemKey(item, schema)) : undefined);
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

/**
 * Whether a value is as it was, as ratcheting sees it (apiserver's `CachedDeepEqual`): lists by key may be in another
 * order, and an object with members that its schema does not name never counts as unchanged.
 */
export function isUnchanged(value: unknown, old: unknown, schema: JsonSchema): boolean {
  if (Array.isArray(value) && Array.isArray(old)) return sameItems(value, old, schema);
  if (!isObject(value) || !isObject(old)) return equal(value, old);
  const keys = Object.keys(value);
  return keys.length === Object.keys(old).length && keys.every((key) => sameMember(value, old, key, schema));
}

function sameItems(items: unknown[], old: unknown[], schema: JsonSchema): boolean {
  if (items.length !== old.length) return false;
  const itemSchema = schema.items;
  if (schema['x-kubernetes-list-type'] !== 'map' || !itemSchema) return equal(items, old);
  const past = correlate(old, schema);
  return items.every((item) => past(item) !== undefined && isUnchanged(item, past(item), itemSchema));
}

function sameMember(object: JsonObject, old: JsonObject, key: string, schema: JsonSchema): boolean {
  const { properties = {}, additionalProperties: rest } = schema;
  const member = Object.hasOwn(properties, key) ? properties[key] : typeof rest === 'object' ? rest : undefined;
  return member !== undefined && Object.hasOwn(old, key) && isUnchanged(object[key], old[key], member);
}
