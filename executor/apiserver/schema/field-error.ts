import type { FieldError } from '../types.ts';

/** Go's `%q`, as far as JSON strings need it. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escapeRune);
}

function escapeRune(rune: string): string {
  const code = rune.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16)}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** What Go's JSON escapes, for the sake of HTML. */
const HTML = /[<>&\u2028\u2029]/g;

/** A bad value as `field.Error` prints it: strings quoted, scalars bare, the rest as JSON. */
export function printValue(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(value).replace(HTML, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Stands for a value that is not printed. */
export const OMITTED = Symbol('omitted');

type Make = (field: string, value: unknown, detail: string) => FieldError;

const withValue =
  (reason: FieldError['reason'], title: string): Make =>
  (field, value, detail) => ({
    reason,
    field,
    message: [title, ...(value === OMITTED ? [] : [printValue(value)]), ...(detail === '' ? [] : [detail])].join(': '),
  });

export const invalid = withValue('FieldValueInvalid', 'Invalid value');
export const typeInvalid = withValue('FieldValueTypeInvalid', 'Invalid value');
export const duplicate = (field: string, value: unknown): FieldError =>
  withValue('FieldValueDuplicate', 'Duplicate value')(field, value, '');

export function required(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: `Required value${detail === '' ? '' : `: ${detail}`}` };
}

export function forbidden(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${detail}` };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length === 0 ? '' : `supported values: ${supported.map(quote).join(', ')}`;
  return withValue('FieldValueNotSupported', 'Unsupported value')(field, value, detail);
}

/** `max` counts Unicode characters, although the server says bytes. */
export function tooLong(field: string, max: number): FieldError {
  const unit = max === 1 ? 'byte' : 'bytes';
  return { reason: 'FieldValueTooLong', field, message: `Too long: may not be more than ${max} ${unit}` };
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  const unit = max === 1 ? 'item' : 'items';
  return { reason: 'FieldValueTooMany', field, message: `Too many: ${actual}: must have at most ${max} ${unit}` };
}
