import { clone, equal, isObject, type JsonObject } from '../schema/json.ts';
import type { JsonSchema } from '../types.ts';
import { rootSchema } from './typed/atom.ts';

const DIRECTIVE = '$patch';
const RETAIN = '$retainKeys';
const ORDER = '$setElementOrder/';
const DELETE_ITEMS = '$deleteFromPrimitiveList/';

/**
 * Strategic merge patch, for the kinds whose schema says how lists merge (`x-kubernetes-patch-strategy` and
 * `-merge-key`). Other lists are replaced, as by a JSON merge patch. `target` is left as it was.
 */
export function strategicMerge(target: unknown, patch: unknown, schema: JsonSchema): unknown {
  return mergeAny(target, patch, rootSchema(schema));
}

function mergeAny(target: unknown, patch: unknown, schema: JsonSchema | undefined): unknown {
  if (Array.isArray(patch) && schema?.['x-kubernetes-patch-strategy']?.split(',').includes('merge')) {
    return mergeList(Array.isArray(target) ? target : [], patch, schema);
  }
  return isObject(patch) ? mergeObject(isObject(target) ? target : {}, patch, schema) : clone(patch);
}

function mergeObject(target: JsonObject, patch: JsonObject, schema: JsonSchema | undefined): JsonObject {
  const { [DIRECTIVE]: directive, [RETAIN]: retain, ...fields } = patch;
  if (directive === 'delete') return {};
  if (directive === 'replace') return clone(fields);
  const merged: JsonObject = Array.isArray(retain) ? pick(target, retain) : { ...target };
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(ORDER)) continue;
    if (key.startsWith(DELETE_ITEMS)) removeItems(merged, key.slice(DELETE_ITEMS.length), value);
    else if (value === null) delete merged[key];
    else merged[key] = mergeAny(merged[key], value, memberSchema(schema, key));
  }
  for (const [key, order] of Object.entries(fields)) {
    if (key.startsWith(ORDER)) reorder(merged, key.slice(ORDER.length), order, schema);
  }
  return merged;
}

function pick(target: JsonObject, keys: unknown[]): JsonObject {
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function memberSchema(schema: JsonSchema | undefined, key: string): JsonSchema | undefined {
  if (schema?.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

function mergeList(target: unknown[], patch: unknown[], schema: JsonSchema): unknown[] {
  if (patch.some((item) => isObject(item) && item[DIRECTIVE] === 'replace')) {
    return clone(patch.filter((item) => !isObject(item) || item[DIRECTIVE] !== 'replace'));
  }
  const key = schema['x-kubernetes-patch-merge-key'];
  return key === undefined ? mergeSet(target, patch) : mergeByKey(target, patch, key, schema.items);
}

function mergeSet(target: unknown[], patch: unknown[]): unknown[] {
  return [...target, ...patch.filter((item) => !target.some((other) => equal(item, other)))];
}

function mergeByKey(target: unknown[], patch: unknown[], key: string, items: JsonSchema | undefined): unknown[] {
  const merged = [...target];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const place = merged.findIndex((other) => isObject(other) && equal(other[key], item[key]));
    if (item[DIRECTIVE] === 'delete') {
      if (place >= 0) merged.splice(place, 1);
    } else if (place < 0) merged.push(mergeAny({}, item, items));
    else merged[place] = mergeAny(merged[place], item, items);
  }
  return merged;
}

function removeItems(object: JsonObject, key: string, items: unknown): void {
  const list = object[key];
  if (!Array.isArray(list) || !Array.isArray(items)) return;
  object[key] = list.filter((item) => !items.some((other) => equal(item, other)));
}

/** Puts the items that `order` names in its order; the others follow as they were. */
function reorder(object: JsonObject, key: string, order: unknown, schema: JsonSchema | undefined): void {
  const list = object[key];
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const mergeKey = memberSchema(schema, key)?.['x-kubernetes-patch-merge-key'];
  const idOf = (item: unknown): unknown => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
  const rank = (item: unknown): number => {
    const place = order.findIndex((entry) => equal(idOf(entry), idOf(item)));
    return place < 0 ? order.length : place;
  };
  object[key] = list.toSorted((a, b) => rank(a) - rank(b));
}
