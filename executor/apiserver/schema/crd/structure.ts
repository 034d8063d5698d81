import type { FieldError, JsonSchema } from '../../types.ts';
import { forbidden, invalid, required } from '../field-error.ts';
import { equal } from '../json.ts';
import { checkPattern, checkValueValidations } from './value-validations.ts';

export type Level = 'root' | 'item' | 'field';

const NO_TYPE = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
} satisfies Record<Level, string>;

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];

/** The rules of structural schemas: everything has a type, and branches only constrain what is defined beside them. */
export function checkStructure(schema: JsonSchema, path: string, level: Level = 'root'): FieldError[] {
  const { items, properties = {}, additionalProperties: rest } = schema;
  const errors = [...checkType(schema, path, level), ...checkEmbedded(schema, path), ...checkExtensions(schema, path)];
  if (schema.type === 'array' && !items) errors.push(required(`${path}.items`, 'must be specified'));
  if (items) errors.push(...checkStructure(items, `${path}.items`, 'item'));
  for (const [key, property] of Object.entries(properties)) {
    errors.push(...checkStructure(property, `${path}.properties[${key}]`, 'field'));
  }
  if (rest !== undefined && level === 'root') {
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'));
  }
  if (typeof rest === 'object') errors.push(...checkStructure(rest, `${path}.additionalProperties`, 'field'));
  errors.push(...checkPattern(schema, path), ...checkValueValidations(branchesToCheck(schema), path));
  if (level === 'root' || schema['x-kubernetes-embedded-resource']) errors.push(...checkHead(schema, path, level));
  return errors;
}

/** The one way in which branches may have types: an anyOf that says integer or string, or an allOf that begins so. */
function branchesToCheck(schema: JsonSchema): JsonSchema {
  const { anyOf, allOf, ...others } = schema;
  const [first, ...rest] = allOf ?? [];
  const opening = first && equal(first.anyOf, INT_OR_STRING) ? { ...first, anyOf: [] } : first;
  return {
    ...others,
    ...(anyOf && !equal(anyOf, INT_OR_STRING) && { anyOf }),
    ...(opening && { allOf: [opening, ...rest] }),
  };
}

function checkType(schema: JsonSchema, path: string, level: Level): FieldError[] {
  const field = `${path}.type`;
  const { type = '' } = schema;
  const mustBeObject = 'must be object if x-kubernetes-embedded-resource is true';
  const errors: FieldError[] = [];
  if (schema['x-kubernetes-embedded-resource'] && type !== 'object') {
    errors.push(type === '' ? required(field, mustBeObject) : invalid(field, type, mustBeObject));
  } else if (type === '' && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields']) {
    errors.push(required(field, NO_TYPE[level]));
  }
  if (level === 'root' && type !== '' && type !== 'object')
    errors.push(invalid(field, type, 'must be object at the root'));
  return errors;
}

function checkEmbedded(schema: JsonSchema, path: string): FieldError[] {
  if (!schema['x-kubernetes-embedded-resource']) return [];
  const errors: FieldError[] = [];
  if (schema.additionalProperties !== undefined) {
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'));
  }
  if (!schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(schema.properties ?? {}).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(`${path}.properties`, detail));
  }
  return errors;
}

function checkExtensions(schema: JsonSchema, path: string): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  const excluded = ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const;
  return excluded
    .filter((extension) => schema[extension])
    .map((extension) => invalid(`${path}.${extension}`, true, 'must be false if x-kubernetes-int-or-string is true'));
}

/** apiVersion, kind and metadata of a whole object. */
function checkHead({ properties = {} }: JsonSchema, path: string, level: Level): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ['kind', 'apiVersion']) {
    const property = properties[key];
    if (property && property.type !== 'string') {
      errors.push(invalid(`${path}.properties[${key}].type`, property.type ?? '', 'must be string'));
    }
  }
  const { metadata } = properties;
  if (!metadata) return errors;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== 'object') errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'));
  if (level === 'root' && !restrictsOnlyNames(metadata)) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbidden(at, detail));
  }
  return errors;
}

function restrictsOnlyNames({ type: _, description, title, ...rest }: JsonSchema): boolean {
  const { properties = {}, default: __, ...others } = rest;
  const names = Object.keys(properties).every((key) => key === 'name' || key === 'generateName');
  return names && description === undefined && title === undefined && Object.keys(others).length === 0;
}
