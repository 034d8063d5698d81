import type { FieldError, JsonSchema } from '../types.ts';
import type { JsonObject } from './json.ts';
import { validateValue } from './validate/index.ts';

export function validateObject(object: JsonObject, _old: JsonObject | undefined, schema: JsonSchema): FieldError[] {
  return validateValue(object, schema);
}
