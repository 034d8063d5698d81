import type { KubeObject, ManagedFieldsEntry } from '../types.ts';

/** The object without its managed fields, which are no field that anybody manages. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export function withManagedFields(object: KubeObject, managedFields: ManagedFieldsEntry[]): KubeObject {
  const bare = withoutManagedFields(object);
  if (managedFields.length === 0) return bare;
  return { ...bare, metadata: { ...bare.metadata, managedFields } };
}
