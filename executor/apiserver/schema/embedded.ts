import type { FieldError, JsonSchema } from '../types.ts';
import { objectMetaSchema } from './builtin/object-meta.ts';
import { invalid, required } from './field-error.ts';
import { additional, isObject, type JsonObject } from './json.ts';
import { dns1035Label } from './names.ts';
import { validateValue } from './validate/index.ts';

/** Objects inside the object that are whole resources need an apiVersion, a kind, and metadata that is some. */
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
  const errors = ['apiVersion', 'kind'].flatMap((field) => checkName(object, field, `${path}.${field}`));
  const { metadata } = object;
  if (metadata !== undefined && validateValue(metadata, undefined, objectMetaSchema).length > 0) {
    errors.push(invalid(`${path}.metadata`, metadata, 'must be the metadata of an object'));
  }
  return errors;
}

function checkName(object: JsonObject, field: string, path: string): FieldError[] {
  if (!Object.hasOwn(object, field)) return [required(path)];
  const name = object[field];
  if (typeof name !== 'string') return [invalid(path, name, 'must be a string')];
  if (name === '') return [invalid(path, name, 'must not be empty')];
  if (field === 'apiVersion') {
    return name.split('/').length <= 2 ? [] : [invalid(path, name, `unexpected GroupVersion string: ${name}`)];
  }
  const complaints = dns1035Label(name.toLowerCase());
  const detail = `may have mixed case, but should otherwise match: ${complaints.join(',')}`;
  return complaints.length === 0 ? [] : [invalid(path, name, detail)];
}
