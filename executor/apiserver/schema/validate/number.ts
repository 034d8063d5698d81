import type { FieldError, JsonSchema } from '../../types.ts';
import { invalid } from '../field-error.ts';

const INT32 = 2 ** 31;
const INT64 = 2 ** 63;

/** Whether it fits its format, then the bounds; all that fail are errors. */
export function checkNumber(value: number, schema: JsonSchema, path: string): FieldError[] {
  const details = [multiple(value, schema), upper(value, schema), lower(value, schema)];
  const errors = details.flatMap((detail) =>
    detail === undefined ? [] : [invalid(path, value, `${path} in body ${detail}`)],
  );
  return fits(value, schema) ? errors : [invalid('', '', misfit(schema, path)), ...errors];
}

function fits(value: number, { type, format }: JsonSchema): boolean {
  if (type !== 'integer') return true;
  const limit = format === 'int32' ? INT32 : INT64;
  return Number.isInteger(value) && value >= -limit && value < limit;
}

function misfit({ format }: JsonSchema, path: string): string {
  const named = format === 'int32' || format === 'int64' ? `with format ${format}` : '(default format)';
  return `Checked value must be of type integer ${named} in ${path}`;
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
