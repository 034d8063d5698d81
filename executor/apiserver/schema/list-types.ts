import type { FieldError, JsonSchema } from '../types.ts';
import { itemKeys } from './correlate.ts';
import { duplicate, invalid } from './field-error.ts';
import { additional, canonical, isObject, type JsonObject } from './json.ts';

/** Items of sets and of lists by key that are there more than once; the first repetition of each is the error. */
export function validateListTypes(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  if (Array.isArray(value)) return inArray(value, schema, path);
  return isObject(value) ? inObject(value, schema, path) : [];
}

function inObject(object: JsonObject, schema: JsonSchema, path: string): FieldError[] {
  const { properties = {} } = schema;
  const rest = additional(schema);
  return Object.entries(object).flatMap(([key, value]) => {
    const named = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (named) return validateListTypes(value, named, path === '' ? key : `${path}.${key}`);
    return rest ? validateListTypes(value, rest, `${path}[${key}]`) : [];
  });
}

function inArray(items: unknown[], schema: JsonSchema, path: string): FieldError[] {
  const itemSchema = schema.items;
  const nested = itemSchema ? items.flatMap((item, i) => validateListTypes(item, itemSchema, `${path}[${i}]`)) : [];
  return [...uniqueness(items, schema, path), ...nested];
}

function uniqueness(items: unknown[], schema: JsonSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') return repetitions(items, path);
  if (type !== 'map') return [];
  const stray = items.findIndex((item) => item !== null && !isObject(item));
  if (stray >= 0)
    return [invalid(`${path}[${stray}]`, items[stray], 'must be an object for an array of list-type map')];
  return repetitions(
    items.map((item) => itemKeys(item, schema)),
    path,
  );
}

function repetitions(values: unknown[], path: string): FieldError[] {
  const seen = new Map<string, number>();
  return values.flatMap((value, i) => {
    const text = canonical(value);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 2 ? [duplicate(`${path}[${i}]`, value)] : [];
  });
}
