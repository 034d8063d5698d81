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
  resource: { resource: string; selectableFields: readonly string[] },
): Selection {
  const terms = parseFieldSelector(query.get('fieldSelector'));
  const byLabel = labelSelector(query.get('labelSelector'));
  fieldSelector(terms, resource.resource, resource.selectableFields);
  const rest = terms.filter((term) => !isKey(term));
  const byField = fieldSelector(rest, resource.resource, resource.selectableFields);
  const key = (field: string) => terms.find((term) => isKey(term) && term.field === field)?.value;
  const [name, namespace] = [key('metadata.name'), key('metadata.namespace')];
  const matches =
    byLabel || byField
      ? (o: KubeObject) => (!byLabel || byLabel(o.metadata.labels)) && (!byField || byField(o))
      : undefined;
  return { ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }), matches };
}

const isKey = ({ field, equal }: FieldTerm): boolean =>
  equal && (field === 'metadata.name' || field === 'metadata.namespace');
