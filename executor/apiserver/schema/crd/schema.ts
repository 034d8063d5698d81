import type { FieldError, JsonSchema } from '../../types.ts';
import { forbidden, invalid } from '../field-error.ts';
import { checkCompleteness } from './completeness.ts';
import { checkDefaults } from './defaults.ts';
import { checkNode } from './node.ts';
import { checkRules } from './rules.ts';
import { checkStructure } from './structure.ts';

/** What the root may say where status has an endpoint of its own, by the names that the server prints. */
const ROOT_FIELDS: Partial<Record<keyof JsonSchema | 'externalDocs', string>> = {
  description: 'Description',
  type: 'Type',
  format: 'Format',
  title: 'Title',
  maximum: 'Maximum',
  exclusiveMaximum: 'ExclusiveMaximum',
  minimum: 'Minimum',
  exclusiveMinimum: 'ExclusiveMinimum',
  maxLength: 'MaxLength',
  minLength: 'MinLength',
  pattern: 'Pattern',
  maxItems: 'MaxItems',
  minItems: 'MinItems',
  uniqueItems: 'UniqueItems',
  multipleOf: 'MultipleOf',
  required: 'Required',
  items: 'Items',
  properties: 'Properties',
  externalDocs: 'ExternalDocs',
  example: 'Example',
  'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields',
  'x-kubernetes-validations': 'XValidations',
};

/** Errors of the schema of one version. Rules are compiled only where the schema around them is sound. */
export function checkSchema(schema: JsonSchema, path: string, hasStatus: boolean): FieldError[] {
  const structural = [...checkStructure(schema, path), ...checkCompleteness(schema, path)].sort(byText);
  const defaults = structural.length === 0 ? checkDefaults(schema, path) : [];
  const nodes = checkNode(schema, path, { isRoot: true });
  const errors = [...checkRoot(schema, path, hasStatus), ...structural, ...defaults, ...nodes];
  return structural.length + defaults.length + nodes.length > 0 ? errors : [...errors, ...checkRules(schema, path)];
}

function checkRoot(schema: JsonSchema, path: string, hasStatus: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (hasStatus && Object.keys(schema).some((key) => !Object.hasOwn(ROOT_FIELDS, key))) {
    const allowed = Object.values(ROOT_FIELDS).join(' ');
    const detail = `only [${allowed}] fields are allowed at the root of the schema if the status subresource is enabled`;
    errors.push(invalid(path, schema, detail));
  }
  if (schema.nullable) errors.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  return errors;
}

function byText(a: FieldError, b: FieldError): number {
  const left = `${a.field}: ${a.message}`;
  const right = `${b.field}: ${b.message}`;
  return left < right ? -1 : left > right ? 1 : 0;
}
