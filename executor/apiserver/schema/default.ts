import type { JsonSchema } from '../types.ts';
import { additional, clone, isObject, type JsonObject } from './json.ts';

/**
 * Writes a structural schema's defaults into `value`, in place. A null where null is not allowed counts as absent: it
 * becomes the default, or goes where there is none (structural defaulting of apiextensions-apiserver).
 */
export function applyDefaults(value: unknown, schema: JsonSchema | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) defaultItems(value, schema.items);
  else if (isObject(value)) defaultMembers(value, schema);
}

function defaultItems(items: unknown[], schema: JsonSchema | undefined): void {
  if (!schema) return;
  items.forEach((item, i) => {
    if (isForbiddenNull(item, schema) && schema.default !== undefined) items[i] = clone(schema.default);
    applyDefaults(items[i], schema);
  });
}

function defaultMembers(object: JsonObject, schema: JsonSchema): void {
  const properties = schema.properties ?? {};
  for (const key in properties) {
    const property = properties[key];
    if (property && (!Object.hasOwn(object, key) || object[key] === null)) defaultMember(object, key, property);
  }
  const rest = additional(schema);
  for (const key of Object.keys(object)) {
    const known = Object.hasOwn(properties, key);
    if (!known && rest && object[key] === null) defaultMember(object, key, rest);
    applyDefaults(object[key], known ? properties[key] : rest);
  }
}

function defaultMember(object: JsonObject, key: string, schema: JsonSchema): void {
  const present = Object.hasOwn(object, key);
  if (present && !isForbiddenNull(object[key], schema)) return;
  if (schema.default !== undefined) object[key] = clone(schema.default);
  else if (present) delete object[key];
}

function isForbiddenNull(value: unknown, schema: JsonSchema): boolean {
  return value === null && schema.nullable !== true;
}
