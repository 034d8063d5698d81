import type { Call } from '../call.ts';
import { badRequest, invalid } from '../status-error.ts';
import type { FieldError } from '../types.ts';

const fieldValidations: readonly string[] = ['', 'Ignore', 'Strict', 'Warn'];

const kinds: Record<string, string> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
  DELETE: 'DeleteOptions',
};

/** Checks the options that every write takes. @throws StatusError 422 */
export function checkWriteOptions(method: string, query: URLSearchParams): void {
  const errors = [...dryRunErrors(query.getAll('dryRun')), ...managerErrors(query.get('fieldManager') ?? '')];
  const validation = query.get('fieldValidation') ?? '';
  if (!fieldValidations.includes(validation)) errors.push(unsupported('fieldValidation', validation, fieldValidations));
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: kinds[method] ?? '' }, '', errors);
}

/** @param values of the query parameter, or of the options in a body */
export function dryRunErrors(values: readonly unknown[]): FieldError[] {
  const given = values.filter((value) => value !== '');
  return given.every((value) => value === 'All') ? [] : [unsupported('dryRun', given, ['All'])];
}

function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > managerLimit) errors.push(tooLong);
  let position = 0;
  for (const character of manager) {
    if (!isPrintable.test(character)) errors.push(unprintable(manager, character, position));
    position += Buffer.byteLength(character);
  }
  return errors;
}

const managerLimit = 128;
/** Go's unicode.IsPrint. */
const isPrintable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

export const unsupported = (field: string, value: unknown, values: readonly string[]): FieldError => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${values.map((v) => JSON.stringify(v)).join(', ')}`,
});

const tooLong: FieldError = {
  reason: 'FieldValueTooLong',
  field: 'fieldManager',
  message: `Too long: may not be more than ${managerLimit} bytes`,
};

const unprintable = (manager: string, character: string, position: number): FieldError => {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const message = `Invalid value: ${JSON.stringify(manager)}: invalid character ${code} (at position ${position})`;
  return { reason: 'FieldValueInvalid', field: 'fieldManager', message };
};

/** Who changes the fields: as the client says, else its program's name. */
export function fieldManager({ query, req }: Pick<Call, 'query' | 'req'>): string {
  return (
    query.get('fieldManager') || (req.headers['user-agent'] ?? 'unknown').split('/')[0]?.slice(0, 128) || 'unknown'
  );
}

/** @throws StatusError 400, worded as Go's strconv */
export function requireInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

type FieldValidation = 'Ignore' | 'Strict' | 'Warn';

export const fieldValidation = ({ query }: Pick<Call, 'query'>): FieldValidation =>
  (query.get('fieldValidation') || 'Warn') as FieldValidation;

/** What a strict decoder has against a document, in the API server's words. */
export function strictErrors(duplicates: readonly string[], unknown: readonly string[]): string[] {
  return [
    ...duplicates.map((path) => `duplicate field "${path}"`),
    ...unknown.map((path) => `unknown field "${path}"`),
  ];
}

/** Refuses, warns of, or ignores them, as the client asked. @throws StatusError 400 */
export function reportStrictErrors(call: Call, errors: readonly string[]): void {
  const mode = fieldValidation(call);
  if (errors.length === 0 || mode === 'Ignore') return;
  if (mode === 'Warn') {
    call.warnings.push(...errors);
    return;
  }
  const { kind, version } = call.served;
  throw badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${errors.join(', ')}`,
  );
}
