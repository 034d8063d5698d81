import type { JsonSchema } from '../../types.ts';
import { invalid } from '../field-error.ts';
import { validateAt } from './index.ts';
import { merge, type Result } from './result.ts';

/** Such an error is reported without a field. */
const NOWHERE = '';
const NOTHING: Result = { errors: [], matches: 0 };

/** anyOf, oneOf, allOf, not. */
export function checkBranches(value: unknown, schema: JsonSchema, path: string): Result {
  const result: Result = { errors: [], matches: 1 };
  if (schema.anyOf?.length) checkAnyOf(value, schema.anyOf, path, result);
  if (schema.oneOf?.length) checkOneOf(value, schema.oneOf, path, result);
  if (schema.allOf?.length) checkAllOf(value, schema.allOf, path, result);
  if (schema.not && validateAt(value, undefined, schema.not, path).errors.length === 0) {
    complain(result, path, 'must not validate the schema (not)');
  }
  return result;
}

function checkAnyOf(value: unknown, branches: JsonSchema[], path: string, result: Result): void {
  let best: Result | undefined;
  for (const branch of branches) {
    const found = validateAt(value, undefined, branch, path);
    if (found.errors.length === 0) {
      merge(result, found);
      return;
    }
    if (!best || found.matches > best.matches) best = found;
  }
  complain(result, path, 'must validate at least one schema (anyOf)');
  if (best) merge(result, best);
}

function checkOneOf(value: unknown, branches: JsonSchema[], path: string, result: Result): void {
  const found = branches.map((branch) => validateAt(value, undefined, branch, path));
  const valid = found.filter(({ errors }) => errors.length === 0);
  if (valid.length === 1) {
    merge(result, valid[0] ?? NOTHING);
    return;
  }
  const count = valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`;
  complain(result, path, `must validate one and only one schema (oneOf). ${count}`);
  if (valid.length === 0)
    merge(
      result,
      found.reduce((best, next) => (next.matches > best.matches ? next : best)),
    );
}

function checkAllOf(value: unknown, branches: JsonSchema[], path: string, result: Result): void {
  const found = branches.map((branch) => validateAt(value, undefined, branch, path));
  for (const branch of found) merge(result, branch);
  const failed = found.filter(({ errors }) => errors.length > 0).length;
  if (failed === 0) return;
  complain(result, path, `must validate all the schemas (allOf)${failed === found.length ? '. None validated' : ''}`);
}

function complain(result: Result, path: string, detail: string): void {
  result.errors.push(invalid(NOWHERE, '', `"${path}" ${detail}`));
}
