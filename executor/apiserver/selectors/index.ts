import type { Served } from '../registry.ts';
import type { KubeObject } from '../types.ts';
import { type FieldTerm, fieldSelector, parseFieldSelector } from './fields.ts';
import { labelSelector } from './labels.ts';

export interface Selection {
  /** Set when the selector asks for one name, or one namespace: the store can look there alone. */
  name?: string;
  namespace?: string;
  /** undefined: everything matches. */
  matches: ((object: KubeObject) => boolean) | undefined;
}

/** Reads `labelSelector` and `fieldSelector`. @throws StatusError 400 */
export function selection(
  query: URLSearchParams,
  { resource, selectableFields, builtin }: Pick<Served, 'resource' | 'selectableFields' | 'builtin'>,
): Selection {
  const terms = parseFieldSelector(query.get('fieldSelector'));
  const byLabel = labelSelector(query.get('labelSelector'));
  fieldSelector(terms, resource, selectableFields, builtin);
  const rest = terms.filter((term) => !isName(term));
  const byField = fieldSelector(rest, resource, selectableFields, builtin);
  const key = (field: string) => terms.find((term) => term.equal && term.field === field)?.value;
  const [name, namespace] = [key('metadata.name'), key('metadata.namespace')];
  const matches =
    byLabel || byField
      ? (o: KubeObject) => (!byLabel || byLabel(o.metadata.labels)) && (!byField || byField(o))
      : undefined;
  return { ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }), matches };
}

const isName = ({ field, equal }: FieldTerm): boolean => equal && field === 'metadata.name';
