import { anything, decoding, fieldsOf, flag, type GoType, int, listOf, mapOf, structOf, text } from '../go-types.ts';

const ownerFields: Record<string, GoType> = {
  ...fieldsOf(text, 'apiVersion', 'kind', 'name', 'uid'),
  ...fieldsOf(flag, 'controller', 'blockOwnerDeletion'),
};

const managedFields: Record<string, GoType> = {
  ...fieldsOf(text, 'manager', 'operation', 'apiVersion', 'time', 'fieldsType', 'subresource'),
  fieldsV1: mapOf(anything, 'v1.FieldsV1'),
};

const metaFields: Record<string, GoType> = {
  ...fieldsOf(text, 'name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'selfLink'),
  ...fieldsOf(text, 'creationTimestamp', 'deletionTimestamp'),
  ...fieldsOf(int, 'generation', 'deletionGracePeriodSeconds'),
  ...fieldsOf(mapOf(text), 'labels', 'annotations'),
  finalizers: listOf(text),
  ownerReferences: listOf(
    structOf(() => ownerFields, 'v1.OwnerReference'),
    '[]v1.OwnerReference',
  ),
  managedFields: listOf(
    structOf(() => managedFields, 'v1.ManagedFieldsEntry'),
    '[]v1.ManagedFieldsEntry',
  ),
};

const objectMeta = structOf(() => metaFields, 'v1.ObjectMeta');

/** ObjectMeta is typed even where the object is not. Takes out nulls. @throws StatusError 400 */
export function checkMetadataTypes(
  served: { kind: string; version: string; builtin: boolean },
  metadata: unknown,
): void {
  if (metadata === undefined || metadata === null) return;
  // Of a custom resource the metadata are decoded on their own.
  decoding(served, () => objectMeta.check(metadata, served.builtin ? 'ObjectMeta.metadata' : 'ObjectMeta'));
}
