import type { JsonSchema } from '../../types.ts';
import { correlate } from '../correlate.ts';
import { invalid, tooMany } from '../field-error.ts';
import { canonical } from '../json.ts';
import { validateAt } from './index.ts';
import { merge, type Result } from './result.ts';

export function checkArray(items: unknown[], old: unknown, schema: JsonSchema, path: string): Result {
  const result: Result = { errors: [], matches: 1 };
  const { items: itemSchema, minItems, maxItems, uniqueItems } = schema;
  if (itemSchema) {
    const past = correlate(old, schema);
    items.forEach((item, i) => {
      merge(result, validateAt(item, past(item), itemSchema, `${path}[${i}]`));
    });
  }
  if (minItems !== undefined && items.length < minItems) {
    result.errors.push(invalid(path, items.length, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && items.length > maxItems) result.errors.push(tooMany(path, items.length, maxItems));
  if (uniqueItems && new Set(items.map(canonical)).size < items.length) {
    result.errors.push(invalid(path, '', `${path} in body shouldn't contain duplicates`));
  }
  return result;
}
