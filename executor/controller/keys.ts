import type { KubeObject } from '../../schemas/types/object.ts';
import type { Key } from './types.ts';

/** `namespace/name`, or `name` where there is no namespace; neither can hold a slash. */
export const keyText = ({ namespace, name }: Key): string => (namespace === undefined ? name : `${namespace}/${name}`);

export function parseKey(text: string): Key {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

export const keyOf = ({ metadata: { namespace, name } }: KubeObject): Key =>
  namespace === undefined ? { name } : { namespace, name };
