import type { FieldError, JsonSchema } from '../../types.ts';
import { isUnchanged } from '../correlate.ts';
import { notSupported, typeInvalid } from '../field-error.ts';
import { equal, isObject, jsonType } from '../json.ts';
import { checkArray } from './array.ts';
import { checkBranches } from './branches.ts';
import { checkFormat, knownFormat } from './formats.ts';
import { checkNumber } from './number.ts';
import { checkObject } from './object.ts';
import { merge, type Result } from './result.ts';
import { checkString } from './string.ts';

/**
 * Errors of `value` against the value validations of `schema`, in the order in which kube-openapi finds them.
 * @param old what an update replaces: what did not change is not judged again
 */
export function validateValue(value: unknown, old: unknown, schema: JsonSchema): FieldError[] {
  const seen = new Set<string>();
  return validateAt(value, old, schema, '').errors.filter(({ field, message }) => {
    const text = `${field}\n${message}`;
    return !seen.has(text) && seen.add(text);
  });
}

/** One value against one schema; `path` is where the value is, empty for the object itself. */
export function validateAt(value: unknown, old: unknown, schema: JsonSchema, path: string): Result {
  const result = check(value, old, schema, path);
  if (result.errors.length > 0 && old !== undefined && isUnchanged(value, old, schema))
    return { errors: [], matches: result.matches };
  return result;
}

function check(value: unknown, old: unknown, schema: JsonSchema, path: string): Result {
  const result: Result = { errors: checkType(value, schema, path), matches: 1 };
  if (value === null || value === undefined) {
    result.errors.push(...checkEnum(value, schema, path));
    return result;
  }
  merge(result, checkBranches(value, schema, path));
  if (typeof value === 'string') {
    result.errors.push(...checkString(value, schema, path), ...checkFormat(value, schema, path));
  }
  if (typeof value === 'number') result.errors.push(...checkNumber(value, schema, path));
  if (Array.isArray(value)) merge(result, checkArray(value, old, schema, path));
  result.errors.push(...checkEnum(value, schema, path));
  if (isObject(value)) merge(result, checkObject(value, old, schema, path));
  return result;
}

const NUMERIC = ['integer', 'number'];

function checkType(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  const types = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  const type = jsonType(value);
  if (types.length === 0 || types.includes(type) || (type === 'integer' && types.includes('number'))) return [];
  if (type === 'null' && schema.nullable === true) return [];
  const format = knownFormat(schema);
  if (format === undefined || type === 'null') return [mistyped(path, types.join(','), type)];
  // A format takes the word of a type where it can; of strings it lets lists pass too.
  if (type !== 'string' && type !== 'array') return [mistyped(path, format, DATA_FORMATS[type] ?? '')];
  return types.some((name) => NUMERIC.includes(name)) ? [mistyped(path, types.join(','), type)] : [];
}

const DATA_FORMATS: Record<string, string> = { integer: 'int64', number: 'float64' };

function mistyped(path: string, wanted: string, type: string): FieldError {
  return typeInvalid(path, type, `${path} in body must be of type ${wanted}: "${type}"`);
}

function checkEnum(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  if (!schema.enum || schema.enum.length === 0 || schema.enum.some((allowed) => equal(allowed, value))) return [];
  const supported = schema.enum.map((allowed) => (typeof allowed === 'string' ? allowed : JSON.stringify(allowed)));
  return [notSupported(path, value, supported)];
}
