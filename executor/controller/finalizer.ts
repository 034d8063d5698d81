import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import type { ResourceType } from '../../schemas/client/paths.ts';
import { FINALIZER } from '../../schemas/kinds/define.ts';
import type { KubeObject } from '../../schemas/types/object.ts';

type Held = Pick<KubeObject, 'metadata'>;

export const isHeld = ({ metadata }: Held): boolean => metadata.finalizers?.includes(FINALIZER) ?? false;

/** The finalizers of an object, ours among them. It must be there before anything of the host is taken for the object. */
export const withFinalizer = (object: Held): readonly string[] =>
  isHeld(object) ? (object.metadata.finalizers ?? []) : [...(object.metadata.finalizers ?? []), FINALIZER];

/** The finalizers of an object but ours. */
export const withoutFinalizer = ({ metadata: { finalizers = [] } }: Held): readonly string[] =>
  finalizers.filter((finalizer) => finalizer !== FINALIZER);

/** Takes our finalizer off, after everything of the host is free. An object that is gone is fine. */
export async function removeFinalizer<T extends KubeObject>(
  client: ApiClient,
  type: ResourceType,
  object: T,
): Promise<T | undefined> {
  if (!isHeld(object)) return object;
  const { namespace, name, uid, resourceVersion } = object.metadata;
  // A merge patch replaces the whole list, so it names the version that the list was read from.
  const metadata = { uid, resourceVersion, finalizers: withoutFinalizer(object) };
  try {
    return await client.patch<T>(type, { namespace, name }, { metadata });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
