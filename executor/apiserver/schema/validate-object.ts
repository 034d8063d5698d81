import type { FieldError, JsonSchema } from '../types.ts';
import { hasRules, validateRules } from './cel/validate.ts';
import { validateEmbedded } from './embedded.ts';
import { invalid } from './field-error.ts';
import type { JsonObject } from './json.ts';
import { validateListTypes } from './list-types.ts';
import { validateValue } from './validate/index.ts';

/** Errors after which rules would judge a value that is not of its type. */
const BLOCKING = new Set<FieldError['reason']>([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

/** How an error's field is printed that is about the whole object. */
const WHOLE = '<nil>';

const NOT_CHECKED = invalid(
  WHOLE,
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

/**
 * Errors of an object, in the order of apiextensions-apiserver: schema, embedded resources, list types, rules. Of an
 * update, what is wrong but was so before is let pass ("ratcheting").
 */
export function validateObject(
  object: JsonObject,
  old: JsonObject | undefined,
  schema: JsonSchema,
  known: readonly FieldError[] = [],
): FieldError[] {
  return allErrors(object, old, schema, known).map((error) =>
    error.field === '' ? { ...error, field: WHOLE } : error,
  );
}

function allErrors(
  object: JsonObject,
  old: JsonObject | undefined,
  schema: JsonSchema,
  known: readonly FieldError[],
): FieldError[] {
  const errors = [
    ...known,
    ...validateValue(object, old, schema),
    ...validateEmbedded(object, schema, ''),
    ...newListErrors(object, old, schema),
  ];
  if (!hasRules(schema)) return errors;
  if (errors.some(({ reason }) => BLOCKING.has(reason))) return [...errors, NOT_CHECKED];
  return [...errors, ...validateRules(object, old, schema, true)];
}

function newListErrors(object: JsonObject, old: JsonObject | undefined, schema: JsonSchema): FieldError[] {
  const errors = validateListTypes(object, schema, '');
  const known = errors.length > 0 && old !== undefined && validateListTypes(old, schema, '').length > 0;
  return known ? [] : errors;
}
