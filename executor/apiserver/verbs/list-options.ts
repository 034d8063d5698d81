import { invalid } from '../status-error.ts';
import type { FieldError } from '../types.ts';
import { requireInteger, unsupported } from './options.ts';

const forbidden = (field: string, why: string): FieldError => ({
  reason: 'FieldValueForbidden',
  field,
  message: `Forbidden: ${why}`,
});

const field = 'resourceVersionMatch';

/** What a list or a watch may ask for. Source: apimachinery `internalversion/validation`. @throws StatusError 400, 422 */
export function checkListOptions(query: URLSearchParams, watch: boolean): void {
  for (const name of ['limit', 'timeoutSeconds']) requireInteger(query, name);
  const errors = watch ? watchErrors(query) : listErrors(query);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

function listErrors(query: URLSearchParams): FieldError[] {
  const match = query.get(field);
  const version = query.get('resourceVersion');
  const errors: FieldError[] = [];
  if (match && !version) errors.push(forbidden(field, `${field} is forbidden unless resourceVersion is provided`));
  if (match && query.get('continue')) errors.push(forbidden(field, `${field} is forbidden when continue is provided`));
  if (match && match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push(unsupported(field, match, ['Exact', 'NotOlderThan', '']));
  }
  if (match === 'Exact' && version === '0') {
    errors.push(forbidden(field, `${field} "exact" is forbidden for resourceVersion "0"`));
  }
  if (query.has('sendInitialEvents')) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors(query: URLSearchParams): FieldError[] {
  const match = query.get(field);
  const initial = query.has('sendInitialEvents');
  const errors: FieldError[] = [];
  if (initial && match !== 'NotOlderThan') {
    errors.push(forbidden(field, `sendInitialEvents requires setting ${field} to NotOlderThan`));
  }
  if (!match) return errors;
  if (!initial) errors.push(forbidden(field, `${field} is forbidden for watch unless sendInitialEvents is provided`));
  if (match !== 'NotOlderThan') errors.push(unsupported(field, match, ['NotOlderThan']));
  if (query.get('continue')) errors.push(forbidden(field, `${field} is forbidden when continue is provided`));
  return errors;
}
