import { Environment } from '@marcbachmann/cel-js';
import type { JsonSchema } from '../../types.ts';
import { isObject, type JsonObject, memberSchema } from '../json.ts';
import { escapeName } from './escape.ts';

/** JSON as CEL sees it: whole numbers are `int` (bigint) unless the schema says number; times are times. */
export type CelValue = unknown;

/** What was converted already, as an object is seen by rules at several levels. */
export type Conversions = WeakMap<object, CelValue>;

export function toCel(value: unknown, schema: JsonSchema | undefined, done: Conversions): CelValue {
  if (typeof value === 'number') return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  if (typeof value === 'string') return schema?.format === undefined ? value : formatted(value, schema.format);
  if (typeof value !== 'object' || value === null) return value;
  let converted = done.get(value);
  if (converted === undefined) {
    converted = Array.isArray(value)
      ? value.map((item) => toCel(item, schema?.items, done))
      : members(value, schema, done);
    done.set(value, converted as object);
  }
  return converted;
}

/** Members of typed objects go by escaped names, those of maps by their keys. */
function members(object: object, schema: JsonSchema | undefined, done: Conversions): Map<string, CelValue> {
  const result = new Map<string, CelValue>();
  for (const [key, value] of Object.entries(object)) {
    const typed = schema?.properties !== undefined && Object.hasOwn(schema.properties, key);
    result.set(typed ? escapeName(key) : key, toCel(value, schema && memberSchema(schema, key), done));
  }
  return result;
}

/** At the root of a resource, of metadata only the name can be seen. */
export function rootToCel(object: JsonObject, schema: JsonSchema, done: Conversions): CelValue {
  const visible = { ...object };
  const { metadata } = object;
  if (isObject(metadata)) visible['metadata'] = pick(metadata, ['name', 'generateName']);
  return toCel(visible, schema, done);
}

function pick(object: JsonObject, keys: string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(object, key)).map((key) => [key, object[key]]));
}

function formatted(text: string, format: string): CelValue {
  return Object.hasOwn(formats, format) ? formats[format]?.(text) : text;
}

const formats: Record<string, (text: string) => CelValue> = {
  'date-time': (text) => new Date(text),
  datetime: (text) => new Date(text),
  date: (text) => new Date(text),
  byte: (text) => Buffer.from(text, 'base64'),
  duration: (text) => parseDuration(text) ?? text,
};

const duration = new Environment().registerVariable('text', 'string').parse('duration(text)');

function parseDuration(text: string): CelValue {
  try {
    return duration({ text });
  } catch {
    return undefined;
  }
}
