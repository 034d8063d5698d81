import type { FieldError } from '../../types.ts';
import { invalid, required } from '../field-error.ts';
import type { JsonObject } from '../json.ts';

const TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

/** Errors of a printer column. */
export function checkColumn({ name, type, format, jsonPath }: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const oneOf = (values: string[]): string => `must be one of ${values.join(',')}`;
  if (!name) errors.push(required(`${path}.name`));
  if (!type) errors.push(required(`${path}.type`, oneOf(TYPES)));
  else if (!TYPES.includes(String(type))) errors.push(invalid(`${path}.type`, type, oneOf(TYPES)));
  if (format && !FORMATS.includes(String(format))) errors.push(invalid(`${path}.format`, format, oneOf(FORMATS)));
  if (!jsonPath) errors.push(required(`${path}.JSONPath`));
  else if (!String(jsonPath).startsWith('.')) {
    errors.push(invalid(`${path}.JSONPath`, jsonPath, 'must be a simple json path starting with .'));
  }
  return errors;
}
