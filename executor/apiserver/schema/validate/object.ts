import type { FieldError, JsonSchema } from '../../types.ts';
import { invalid, required, tooMany } from '../field-error.ts';
import { isObject, type JsonObject } from '../json.ts';
import { validateAt } from './index.ts';
import { merge, type Result } from './result.ts';

/** Number of members, then each member, then what is missing. */
export function checkObject(object: JsonObject, old: unknown, schema: JsonSchema, path: string): Result {
  const result: Result = { errors: checkSize(Object.keys(object).length, schema, path), matches: 1 };
  const past = isObject(old) ? old : {};
  checkAdditional(object, past, schema, path, result);
  checkProperties(object, past, schema, path, result);
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(object, key)) result.errors.push(required(join(path, key)));
  }
  return result;
}

function checkSize(size: number, { minProperties, maxProperties }: JsonSchema, path: string): FieldError[] {
  if (minProperties !== undefined && size < minProperties) {
    return [invalid(path, size, `${path} in body should have at least ${minProperties} properties`)];
  }
  return maxProperties !== undefined && size > maxProperties ? [tooMany(path, size, maxProperties)] : [];
}

function checkAdditional(object: JsonObject, past: JsonObject, schema: JsonSchema, path: string, result: Result): void {
  const { additionalProperties: rest, properties = {} } = schema;
  if (rest === undefined || rest === true) return;
  for (const key of Object.keys(object)) {
    if (Object.hasOwn(properties, key)) continue;
    if (rest === false) result.errors.push(invalid(path, key, `${path}.${key} in body is a forbidden property`));
    else merge(result, validateAt(object[key], own(past, key), rest, join(path, key)));
  }
}

function checkProperties(
  object: JsonObject,
  past: JsonObject,
  { properties = {} }: JsonSchema,
  path: string,
  result: Result,
): void {
  for (const key in properties) {
    const property = properties[key];
    if (property && Object.hasOwn(object, key))
      merge(result, validateAt(object[key], own(past, key), property, join(path, key)));
  }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
