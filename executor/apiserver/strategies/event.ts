import type { FieldError, KubeObject } from '../types.ts';
import type { Strategy } from './strategy.ts';

/** An event lives beside what it tells of; of a cluster-scoped thing, in `default`. Source: `ValidateEvent`. */
export const eventStrategy: Strategy = {
  validate: (object) => {
    const isCore = object.apiVersion === 'v1';
    const field = isCore ? 'involvedObject' : 'regarding';
    const { namespace = '' } = (object[field] ?? {}) as { namespace?: string };
    return namespaceErrors(object, `${field}.namespace`, namespace);
  },
};

function namespaceErrors({ metadata }: KubeObject, field: string, namespace: string): FieldError[] {
  const own = metadata.namespace ?? '';
  if (namespace === own || (namespace === '' && own === 'default')) return [];
  const message = `Invalid value: ${JSON.stringify(namespace)}: does not match event.namespace`;
  return [{ reason: 'FieldValueInvalid', field, message }];
}
