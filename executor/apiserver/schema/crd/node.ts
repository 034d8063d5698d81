import type { FieldError, JsonSchema } from '../../types.ts';
import { forbidden, invalid, notSupported } from '../field-error.ts';
import { checkListType } from './list-type.ts';
import { checkRuleShapes } from './rule-shape.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const HEAD = new Set(['metadata', 'kind', 'apiVersion']);

/** Keywords of JSON Schema that CustomResourceDefinitions do not have. */
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'];

/** Where a node is. */
export interface Position {
  isRoot?: boolean;
  /** Why it may have no default. */
  noDefault?: string;
}

/** What each node of a schema may say, whatever is around it. */
export function checkNode(schema: JsonSchema, path: string, position: Position): FieldError[] {
  const { isRoot: _, ...inherited } = position;
  const errors = [
    ...checkKeywords(schema, path, position),
    ...checkMapType(schema, path),
    ...checkListType(schema, path),
  ];
  const { items, properties = {}, additionalProperties: rest } = schema;
  if (typeof rest === 'object') errors.push(...checkNode(rest, `${path}.additionalProperties`, inherited));
  for (const [key, property] of Object.entries(properties)) {
    const noDefault = position.isRoot && HEAD.has(key) ? { noDefault: `in top-level ${key}` } : {};
    errors.push(...checkNode(property, `${path}.properties[${key}]`, { ...inherited, ...noDefault }));
  }
  for (const junctor of ['allOf', 'oneOf', 'anyOf'] as const) {
    (schema[junctor] ?? []).forEach((branch, i) => {
      errors.push(...checkNode(branch, `${path}.${junctor}[${i}]`, inherited));
    });
  }
  if (schema.not) errors.push(...checkNode(schema.not, `${path}.not`, inherited));
  if (items) errors.push(...checkNode(items, `${path}.items`, inherited));
  return [...errors, ...checkRuleShapes(schema, path)];
}

function checkKeywords(schema: JsonSchema, path: string, { noDefault }: Position): FieldError[] {
  const errors: FieldError[] = [];
  const { type = '', uniqueItems, properties = {}, additionalProperties: rest } = schema;
  if (type === 'null') {
    errors.push(forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'));
  }
  if (type !== '' && !TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES));
  if (schema.default !== undefined && noDefault !== undefined) {
    errors.push(forbidden(`${path}.default`, `must not be set ${noDefault}`));
  }
  for (const keyword of UNSUPPORTED) {
    if (Object.hasOwn(schema, keyword)) errors.push(forbidden(`${path}.${keyword}`, `${keyword} is not supported`));
  }
  if (uniqueItems) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbidden(`${path}.uniqueItems`, detail));
  }
  if (rest !== undefined && rest !== true && Object.keys(properties).length > 0) {
    errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'));
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  }
  return errors;
}

function checkMapType(schema: JsonSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-map-type'];
  if (type === undefined) return [];
  const errors: FieldError[] = [];
  const detail = 'must be object if x-kubernetes-map-type is specified';
  if (schema.type !== 'object') errors.push(invalid(`${path}.type`, schema.type ?? '', detail));
  if (type !== 'atomic' && type !== 'granular') {
    errors.push(notSupported(`${path}.x-kubernetes-map-type`, type, ['atomic', 'granular']));
  }
  return errors;
}
