import type { Call } from '../call.ts';
import { badRequest, invalid } from '../status-error.ts';
import type { FieldError } from '../types.ts';

const supported: Record<string, readonly string[]> = {
  dryRun: ['All'],
  fieldValidation: ['Ignore', 'Strict', 'Warn'],
};

const kinds: Record<string, string> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
  DELETE: 'DeleteOptions',
};

/** Checks the options that every write takes. @throws StatusError 422 */
export function checkWriteOptions(method: string, query: URLSearchParams): void {
  const errors = Object.entries(supported).flatMap(([field, values]) =>
    query
      .getAll(field)
      .filter((v) => v !== '' && !values.includes(v))
      .map((v) => unsupported(field, v, values)),
  );
  const manager = query.get('fieldManager') ?? '';
  if (manager.length > 128) errors.push(tooLong(manager));
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: kinds[method] ?? '' }, '', errors);
}

const unsupported = (field: string, value: string, values: readonly string[]): FieldError => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${values.map((v) => JSON.stringify(v)).join(', ')}`,
});

const tooLong = (value: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field: 'fieldManager',
  message: `Invalid value: ${JSON.stringify(value)}: may not be more than 128 bytes`,
});

/** Who changes the fields: as the client says, else its program's name. */
export function fieldManager({ query, req }: Pick<Call, 'query' | 'req'>): string {
  return (
    query.get('fieldManager') || (req.headers['user-agent'] ?? 'unknown').split('/')[0]?.slice(0, 128) || 'unknown'
  );
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
