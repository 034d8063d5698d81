import { randomUUID } from 'node:crypto';
import { timestamp } from './time.ts';
import type { KubeObject } from './types.ts';

/** Gives a new object what only the server decides. */
export function newObject(object: KubeObject, now: Date): KubeObject {
  const {
    deletionTimestamp: _,
    deletionGracePeriodSeconds: __,
    generation: ___,
    selfLink: ____,
    ...metadata
  } = object.metadata;
  return { ...object, metadata: { ...metadata, uid: randomUUID(), creationTimestamp: timestamp(now) } };
}
