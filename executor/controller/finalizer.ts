import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import type { ResourceType } from '../../schemas/client/paths.ts';
import { FINALIZER } from '../../schemas/kinds/define.ts';
import type { KubeObject } from '../../schemas/types/object.ts';

export const hasFinalizer = (object: KubeObject): boolean => object.metadata.finalizers?.includes(FINALIZER) ?? false;

/** Puts our finalizer on an object, before anything of the host is taken for it. @throws ApiError, a conflict included */
export function addFinalizer<T extends KubeObject>(client: ApiClient, type: ResourceType, object: T): Promise<T> {
  return patchFinalizers(client, type, object, [...(object.metadata.finalizers ?? []), FINALIZER]);
}

/** Takes our finalizer off, after everything of the host is free. An object that is gone is fine. */
export async function removeFinalizer<T extends KubeObject>(
  client: ApiClient,
  type: ResourceType,
  object: T,
): Promise<T | undefined> {
  if (!hasFinalizer(object)) return object;
  const rest = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  try {
    return await patchFinalizers(client, type, object, rest);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** A merge patch replaces the whole list, so it names the version that the list was read from. */
function patchFinalizers<T extends KubeObject>(
  client: ApiClient,
  type: ResourceType,
  { metadata: { namespace, name, uid, resourceVersion } }: T,
  finalizers: readonly string[],
): Promise<T> {
  return client.patch<T>(type, { namespace, name }, { metadata: { uid, resourceVersion, finalizers } });
}
