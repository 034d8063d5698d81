import { badRequest } from './status-error.ts';

/** A Go type that JSON is decoded into. */
export interface GoType {
  /** What a null is, where there must be something. */
  zero(): unknown;
  /** @throws GoTypeError */
  check(value: unknown, path: string): void;
}

/** Go's own sentence about a value of the wrong type. */
export class GoTypeError extends Error {
  constructor(value: unknown, path: string, type: string) {
    const place = path.includes('.') ? `struct field ${path}` : 'value';
    super(`json: cannot unmarshal ${goName(value)} into Go ${place} of type ${type}`);
  }
}

const goNames: Record<string, string> = { boolean: 'bool', number: 'number', string: 'string' };
const goName = (value: unknown): string => (Array.isArray(value) ? 'array' : (goNames[typeof value] ?? 'object'));

const isObject = (value: unknown): value is Record<string, unknown> => goName(value) === 'object';

function scalar(type: string, zero: unknown, matches: (value: unknown) => boolean): GoType {
  const check = (value: unknown, path: string): void => {
    if (!matches(value)) throw new GoTypeError(value, path, type);
  };
  return { zero: () => zero, check };
}

export const text = scalar('string', '', (value) => typeof value === 'string');
export const flag = scalar('bool', false, (value) => typeof value === 'boolean');
export const float = scalar('float64', 0, (value) => typeof value === 'number');
export const int = scalar('int64', 0, Number.isSafeInteger);
export const anything: GoType = { zero: () => null, check: () => {} };

export const listOf = (item: GoType, type = '[]string'): GoType => ({
  zero: () => [],
  check(value, path) {
    if (!Array.isArray(value)) throw new GoTypeError(value, path, type);
    for (const [index, each] of value.entries()) {
      if (each === null) value[index] = item.zero();
      item.check(value[index], path);
    }
  },
});

export const mapOf = (item: GoType, type = 'map[string]string'): GoType => ({
  zero: () => ({}),
  check(value, path) {
    if (!isObject(value)) throw new GoTypeError(value, path, type);
    for (const [key, each] of Object.entries(value)) {
      if (each === null) value[key] = item.zero();
      item.check(value[key], path);
    }
  },
});

/** A null is a field that is not there. Fields that are not named may be anything. @param fields a function, for types that contain themselves */
export const structOf = (fields: () => Record<string, GoType>, type: string): GoType => ({
  zero: () => ({}),
  check(value, path) {
    if (!isObject(value)) throw new GoTypeError(value, path, type);
    for (const [key, each] of Object.entries(value)) {
      if (each === null) delete value[key];
      else if (Object.hasOwn(fields(), key)) fields()[key]?.check(each, `${path}.${key}`);
    }
  },
});

/** Several fields of one type. */
export const fieldsOf = (type: GoType, ...names: string[]): Record<string, GoType> =>
  Object.fromEntries(names.map((name) => [name, type]));

/** Runs a check as the decoding of a kind's object. @throws StatusError 400, in the API server's words */
export function decoding({ kind, version }: { kind: string; version: string }, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof GoTypeError)) throw error;
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`);
  }
}
