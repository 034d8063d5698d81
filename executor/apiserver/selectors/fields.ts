import { badRequest } from '../status-error.ts';
import type { KubeObject } from '../types.ts';

export interface FieldTerm {
  field: string;
  equal: boolean;
  value: string;
}

/** What each built-in kind can be selected by, besides its name and namespace. Source: `AddFieldLabelConversionFunc`. */
const builtinFields: Record<string, string[]> = {
  events: [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      (f) => `involvedObject.${f}`,
    ),
    ...['reason', 'reportingComponent', 'source', 'type'],
  ],
  'events.events.k8s.io': [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((f) => `regarding.${f}`),
    ...['reason', 'reportingController', 'type'],
  ],
  secrets: ['type'],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
};

/** Where a field is read from, when its name is not its path. */
const aliases: Record<string, string> = { source: 'source.component' };

/** Splits `a=b,c!=d`; a backslash keeps the next character. @throws StatusError 400 */
export function parseFieldSelector(text: string | null): FieldTerm[] {
  const terms = (text ?? '').match(/(?:\\.|[^,\\])+/g) ?? [];
  return terms.map((term) => {
    const match = /^((?:\\.|[^=!\\])+)(==|=|!=)(.*)$/s.exec(term);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const plain = (s = '') => s.replace(/\\(.)/gs, '$1');
    return { field: plain(match[1]), equal: match[2] !== '!=', value: plain(match[3]) };
  });
}

/**
 * @param resource `plural.group`
 * @param selectable the paths that a custom resource declares, `.spec.nodeName`
 * @param builtin whether it is one of Kubernetes' own, whose errors are worded otherwise
 * @returns undefined when it selects everything
 * @throws StatusError 400 for a field that this resource cannot be selected by
 */
export function fieldSelector(
  terms: readonly FieldTerm[],
  resource: string,
  selectable: readonly string[],
  builtin: boolean,
): ((object: KubeObject) => boolean) | undefined {
  const declared = selectable.map((path) => path.replace(/^\./, ''));
  const known = ['metadata.name', 'metadata.namespace', ...declared, ...(builtinFields[resource] ?? [])];
  const unknown = terms.find(({ field }) => !known.includes(field));
  if (unknown) throw badRequest(unsupported(unknown.field, builtin && !builtinFields[resource]));
  if (terms.length === 0) return undefined;
  return (object) => terms.every((t) => (valueAt(object, aliases[t.field] ?? t.field) === t.value) === t.equal);
}

const unsupported = (field: string, plain: boolean): string =>
  plain
    ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
    : `field label not supported: ${field}`;

function valueAt(object: unknown, path: string): string {
  let value: unknown = object;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return '';
    value = (value as Record<string, unknown>)[key];
  }
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}
