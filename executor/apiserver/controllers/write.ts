import type { Api } from '../call.ts';
import type { Served } from '../registry.ts';
import type { Row } from '../store/objects.ts';
import { strategyOf } from '../strategies/index.ts';
import type { KubeObject } from '../types.ts';

/** Writes what a controller made of an object; removes it when it is being deleted and nothing holds it any more. */
export function writeObject({ store }: Api, served: Served, prev: Row, object: KubeObject): void {
  const { deletionTimestamp, finalizers } = object.metadata;
  if (finalizers?.length === 0) delete object.metadata.finalizers;
  const isHeld = object.metadata.finalizers !== undefined || strategyOf(served).holds?.(object) === true;
  const type = deletionTimestamp !== undefined && !isHeld ? 'DELETED' : 'MODIFIED';
  store.write({ type, resource: served.storage, schema: served.revision, object, prev });
}
