import type { FieldError, JsonSchema } from '../../types.ts';
import { validateRules } from '../cel/validate.ts';
import { invalid } from '../field-error.ts';
import { clone } from '../json.ts';
import { validateListTypes } from '../list-types.ts';
import { prune } from '../prune.ts';
import { validateValue } from '../validate/index.ts';

/** Every default must be valid by its own schema, and have no unknown fields. */
export function checkDefaults(schema: JsonSchema, path: string): FieldError[] {
  const errors = schema.default === undefined ? [] : checkDefault(schema, `${path}.default`);
  if (schema.items) errors.push(...checkDefaults(schema.items, `${path}.items`));
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...checkDefaults(property, `${path}.properties[${key}]`));
  }
  return errors;
}

function checkDefault(schema: JsonSchema, path: string): FieldError[] {
  const value = schema.default;
  // Only objects can be pruned; a scalar or a list is pruned as a member of one.
  const pruned = prune({ default: clone(value) }, { type: 'object', properties: { default: schema } });
  const unknown = pruned.length > 0 ? [invalid(path, value, 'must not have unknown fields')] : [];
  const found = [...validateValue(value, undefined, schema), ...validateListTypes(value, schema, '')];
  if (found.length === 0) found.push(...validateRules(value, undefined, schema));
  return [
    ...unknown,
    ...found.map((error) => ({ ...error, field: error.field === '' ? path : `${path}.${error.field}` })),
  ];
}
