import type { FieldError, JsonSchema } from '../types.ts';
import { required } from './field-error.ts';
import { additional, isObject, type JsonObject } from './json.ts';

/** Objects inside the object that are whole resources need an apiVersion and a kind. */
export function validateEmbedded(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, i) => validateEmbedded(item, items, `${path}[${i}]`)) : [];
  }
  if (!isObject(value)) return [];
  return [...(schema['x-kubernetes-embedded-resource'] ? checkType(value, path) : []), ...members(value, schema, path)];
}

function members(object: JsonObject, schema: JsonSchema, path: string): FieldError[] {
  const { properties = {} } = schema;
  const rest = additional(schema);
  return Object.entries(object).flatMap(([key, value]) => {
    const member = Object.hasOwn(properties, key) ? properties[key] : rest;
    return member ? validateEmbedded(value, member, path === '' ? key : `${path}.${key}`) : [];
  });
}

function checkType(object: JsonObject, path: string): FieldError[] {
  return ['apiVersion', 'kind']
    .filter((field) => typeof object[field] !== 'string' || object[field] === '')
    .map((field) => required(`${path}.${field}`, 'must not be empty'));
}
