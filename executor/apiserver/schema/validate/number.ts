import type { FieldError, JsonSchema } from '../../types.ts';
import { invalid } from '../field-error.ts';

export function checkNumber(value: number, schema: JsonSchema, path: string): FieldError[] {
  const details = [multiple(value, schema), upper(value, schema), lower(value, schema)];
  return details.flatMap((detail) => (detail === undefined ? [] : [invalid(path, value, `${path} in body ${detail}`)]));
}

function multiple(value: number, { multipleOf }: JsonSchema): string | undefined {
  if (multipleOf === undefined || Number.isInteger(value / multipleOf)) return undefined;
  return `should be a multiple of ${multipleOf}`;
}

function upper(value: number, { maximum, exclusiveMaximum }: JsonSchema): string | undefined {
  if (maximum === undefined || value < maximum || (value === maximum && !exclusiveMaximum)) return undefined;
  return `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`;
}

function lower(value: number, { minimum, exclusiveMinimum }: JsonSchema): string | undefined {
  if (minimum === undefined || value > minimum || (value === minimum && !exclusiveMinimum)) return undefined;
  return `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`;
}
