import type { FieldError, JsonSchema } from '../../types.ts';
import { invalid, tooLong } from '../field-error.ts';
import { goRegExp } from '../regexp.ts';

/** Length in Unicode characters, then the pattern; the first that fails is the error. */
export function checkString(value: string, schema: JsonSchema, path: string): FieldError[] {
  const { maxLength, minLength, pattern } = schema;
  if (maxLength !== undefined && runeLength(value) > maxLength) return [tooLong(path, maxLength)];
  if (minLength !== undefined && runeLength(value) < minLength) {
    return [invalid(path, value, `${path} in body should be at least ${minLength} chars long`)];
  }
  if (pattern !== undefined && !goRegExp(pattern).test(value)) {
    return [invalid(path, value, `${path} in body should match '${pattern}'`)];
  }
  return [];
}

function runeLength(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}
