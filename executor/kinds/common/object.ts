import { isConflict, isNotFound } from '../../../schemas/client/errors.ts';
import { resourceOf } from '../../../schemas/client/paths.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { KubeObject, OwnerReference } from '../../../schemas/types/object.ts';
import { isHeld, withFinalizer, withoutFinalizer } from '../../controller/finalizer.ts';
import type { Context, Key, Kind, ObjectOf } from '../../controller/types.ts';

const ATTEMPTS = 8;

export const keyOf = ({ metadata }: KubeObject): Key => ({
  name: metadata.name,
  ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
});

export const uidOf = ({ metadata }: KubeObject): string => metadata.uid ?? '';
export const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? 'default';
export const isDeleting = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;

/** The object as the server has it now; nothing when it is gone. */
export async function readFresh<K extends Kind>(context: Context, kind: K, key: Key): Promise<ObjectOf<K> | undefined> {
  try {
    return await context.client.get<ObjectOf<K>>(resourceOf(kindNames[kind]), key);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What a merge patch puts into the metadata. */
interface MetadataPatch {
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Puts our finalizer on an object, unless it is there. Must be there before anything of the host is taken for it. */
export async function holdObject<K extends Kind>(context: Context, kind: K, object: ObjectOf<K>): Promise<void> {
  if (isHeld(object) || isDeleting(object)) return;
  await patchMetadata(context, kind, object, (fresh) =>
    isHeld(fresh) || isDeleting(fresh) ? undefined : { finalizers: withFinalizer(fresh) },
  );
}

/** Takes our finalizer away: nothing of the host belongs to the object any more. */
export async function releaseObject<K extends Kind>(context: Context, kind: K, object: ObjectOf<K>): Promise<void> {
  await patchMetadata(context, kind, object, (fresh) =>
    isHeld(fresh) ? { finalizers: withoutFinalizer(fresh) } : undefined,
  );
}

/** Patches metadata with optimistic concurrency, reading afresh after a conflict. An object that is gone is left alone. */
export async function patchMetadata<K extends Kind>(
  context: Context,
  kind: K,
  seen: ObjectOf<K>,
  change: (object: ObjectOf<K>) => MetadataPatch | undefined,
): Promise<void> {
  let object: ObjectOf<K> | undefined = seen;
  for (let attempt = 1; object !== undefined && uidOf(object) === uidOf(seen); attempt++) {
    const patch = change(object);
    if (patch === undefined) return;
    try {
      const metadata = { ...patch, resourceVersion: object.metadata.resourceVersion };
      context.refresh(
        kind,
        await context.client.patch<ObjectOf<K>>(resourceOf(kindNames[kind]), keyOf(object), { metadata }),
      );
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
    object = await readFresh(context, kind, keyOf(seen));
  }
}
