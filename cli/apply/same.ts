import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../schemas/types/object.ts';

type Managed = KubeObject['metadata'] & { managedFields?: unknown };

/** Whether an object is as it was but for what the server changes by itself, status with it: a dry run shows no new resourceVersion. */
export function isSameObject(before: KubeObject, after: KubeObject): boolean {
  const [a, b] = [before, after].map((object) => {
    const { managedFields: _, resourceVersion: _v, generation: _g, ...metadata } = object.metadata as Managed;
    return { ...object, metadata, status: undefined };
  });
  return isDeepStrictEqual(a, b);
}
