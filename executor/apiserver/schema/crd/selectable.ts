import type { FieldError, JsonSchema } from '../../types.ts';
import { duplicate, invalid, required, tooMany } from '../field-error.ts';
import type { JsonObject } from '../json.ts';
import { resolvePath } from './field-path.ts';

const MAX_FIELDS = 8;
const TYPES = ['string', 'boolean', 'integer'];
const WRONG_TYPE =
  'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';

/** Errors of the fields that field selectors may name. */
export function checkSelectableFields(fields: JsonObject[], schema: JsonSchema, path: string): FieldError[] {
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath }, i) => {
    const at = `${path}[${i}].jsonPath`;
    const text = String(jsonPath ?? '');
    const repeated = seen.has(text) ? [duplicate(at, text)] : [];
    seen.add(text);
    return [...checkField(text, schema, at), ...repeated];
  });
  return seen.size > MAX_FIELDS ? [...errors, tooMany(path, seen.size, MAX_FIELDS)] : errors;
}

function checkField(jsonPath: string, schema: JsonSchema, at: string): FieldError[] {
  if (jsonPath === '') return [required(at)];
  const found = resolvePath(jsonPath, schema, { brackets: false });
  if (typeof found === 'string') return [invalid(at, jsonPath, `is an invalid path: ${found}`)];
  const errors: FieldError[] = [];
  if (jsonPath.startsWith('.metadata')) errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
  if (!TYPES.includes(found.type ?? '')) errors.push(invalid(at, jsonPath, WRONG_TYPE));
  return errors;
}
