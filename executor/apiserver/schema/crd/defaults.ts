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
  // One level above, so that scalars and lists can be pruned and judged as members.
  const holder: JsonSchema = { type: 'object', properties: { default: schema } };
  const pruned = prune({ default: clone(value) }, holder);
  const unknown = pruned.length > 0 ? [invalid(path, value, 'must not have unknown fields')] : [];
  const found = [
    ...validateValue({ default: value }, undefined, holder),
    ...validateListTypes(value, schema, 'default'),
  ];
  if (found.length === 0) found.push(...validateRules({ default: value }, undefined, holder));
  const prefix = path.slice(0, -'default'.length);
  return [
    ...unknown,
    ...found.map((error) => (error.field === '<nil>' ? error : { ...error, field: prefix + error.field })),
  ];
}
