import { badRequest } from '../status-error.ts';

type TypeName = 'string' | 'int64' | 'map[string]string' | '[]string' | '[]object';

const types: Record<string, TypeName> = {
  name: 'string',
  generateName: 'string',
  namespace: 'string',
  uid: 'string',
  resourceVersion: 'string',
  selfLink: 'string',
  creationTimestamp: 'string',
  deletionTimestamp: 'string',
  generation: 'int64',
  deletionGracePeriodSeconds: 'int64',
  labels: 'map[string]string',
  annotations: 'map[string]string',
  finalizers: '[]string',
  ownerReferences: '[]object',
  managedFields: '[]object',
};

/** Go's name of a JSON value, as its decoder's errors have it. */
function goName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return { boolean: 'bool', number: 'number', string: 'string' }[typeof value as string] ?? 'object';
}

const isObject = (value: unknown): value is object => goName(value) === 'object';

const checks: Record<TypeName, (value: unknown) => [unknown, string] | undefined> = {
  string: (v) => (typeof v === 'string' ? undefined : [v, 'string']),
  int64: (v) => (Number.isSafeInteger(v) ? undefined : [v, 'int64']),
  'map[string]string': (v) => (isObject(v) ? each(Object.values(v), 'string') : [v, 'map[string]string']),
  '[]string': (v) => (Array.isArray(v) ? each(v, 'string') : [v, '[]string']),
  '[]object': (v) => {
    if (!Array.isArray(v)) return [v, '[]object'];
    const bad = v.findIndex((item) => !isObject(item));
    return bad < 0 ? undefined : [v[bad], 'object'];
  },
};

function each(values: unknown[], type: 'string'): [unknown, string] | undefined {
  const bad = values.findIndex((value) => value !== null && typeof value !== type);
  return bad < 0 ? undefined : [values[bad], type];
}

/** ObjectMeta is typed even where the object is not. @throws StatusError 400, worded as Go's JSON decoder does */
export function checkMetadataTypes({ kind, version }: { kind: string; version: string }, metadata: unknown): void {
  const prefix = `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal`;
  if (metadata === undefined || metadata === null) return;
  if (!isObject(metadata))
    throw badRequest(`${prefix} ${goName(metadata)} into Go struct field .metadata of type v1.ObjectMeta`);
  const fields = metadata as Record<string, unknown>;
  for (const [field, value] of Object.entries(fields)) {
    const type = types[field];
    if (value === null) delete fields[field];
    const problem = value === null || !type ? undefined : checks[type](value);
    if (problem) {
      throw badRequest(
        `${prefix} ${goName(problem[0])} into Go struct field ObjectMeta.metadata.${field} of type ${problem[1]}`,
      );
    }
  }
}
