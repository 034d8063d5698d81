import { isIPv4, isIPv6 } from 'node:net';
import type { FieldError, JsonSchema } from '../../types.ts';
import { typeInvalid } from '../field-error.ts';

const matching = (pattern: RegExp) => (value: string) => pattern.test(value);
const uuid = (version: string) =>
  matching(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i'));
const DNS_LABEL = '[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?';

/** The formats that apiextensions-apiserver checks in CRDs; it ignores every other. */
const formats: Record<string, (value: string) => boolean> = {
  bsonobjectid: matching(/^[0-9a-f]{24}$/i),
  uri: isUri,
  email: matching(/^[^\s@<>"]+@[^\s@<>"]+$/),
  hostname: matching(new RegExp(`^(?=.{1,255}$)${DNS_LABEL}(?:\\.${DNS_LABEL})*\\.?$`)),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: matching(
    /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}(?:[0-9a-f]{2}|[0-9a-f]{2}(?:\1[0-9a-f]{2}){2})|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})$/i,
  ),
  uuid: uuid('[0-9a-f]'),
  uuid3: uuid('3'),
  uuid4: uuid('4'),
  uuid5: uuid('5'),
  hexcolor: matching(/^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i),
  byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)),
  'date-time': isDateTime,
  datetime: isDateTime,
  duration: matching(
    /^[-+]?(?:\d+(?:\.\d*)?\s*(?:ns|us|µs|ms|s|m|h|d|w|nanos?|micros?|millis?|seconds?|minutes?|hours?|days?|weeks?)\s*)+$/,
  ),
};

/** Whether `value` has the named format; undefined for a name that is not checked. */
export function hasFormat(value: string, format: string): boolean | undefined {
  return Object.hasOwn(formats, format) ? formats[format]?.(value) : undefined;
}

/** Formats that say something to the server beside those of strings. */
const OTHERS = new Set([
  'int32',
  'int64',
  'float',
  'double',
  'password',
  'isbn',
  'isbn10',
  'isbn13',
  'creditcard',
  'ssn',
  'rgbcolor',
]);

/** The schema's format, if it is one that the server knows; it drops every other from definitions. */
export function knownFormat({ format }: JsonSchema): string | undefined {
  return format !== undefined && (Object.hasOwn(formats, format) || OTHERS.has(format)) ? format : undefined;
}

export function checkFormat(value: string, { format, type }: JsonSchema, path: string): FieldError[] {
  if (format === undefined || type !== 'string' || hasFormat(value, format) !== false) return [];
  return [typeInvalid(path, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`)];
}

function isUri(value: string): boolean {
  return value.startsWith('/') || URL.canParse(value);
}

export function isCidr(value: string): boolean {
  const [address = '', bits = '', ...rest] = value.split('/');
  if (rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && !address.includes('%') && Number(bits) <= 128);
}

function isDateTime(value: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[-+]\d{2}:?\d{2})$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}
