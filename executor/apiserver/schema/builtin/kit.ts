import type { Json, JsonSchema, Resource } from '../../types.ts';
import { BUILTIN_VERBS } from '../verbs.ts';
import { objectMetaSchema } from './object-meta.ts';

export const string = (description: string, more: JsonSchema = {}): JsonSchema => ({
  type: 'string',
  description,
  ...more,
});
export const boolean = (description: string): JsonSchema => ({ type: 'boolean', description });
export const int32 = (description: string): JsonSchema => ({ type: 'integer', format: 'int32', description });
export const int64 = (description: string): JsonSchema => ({ type: 'integer', format: 'int64', description });
export const time = (description: string): JsonSchema => string(description, { format: 'date-time' });
export const microTime = time;
export const oneOf = (values: Json[], description: string): JsonSchema => string(description, { enum: values });

export function object(
  description: string,
  properties: Record<string, JsonSchema>,
  required: string[] = [],
): JsonSchema {
  return { type: 'object', description, properties, ...(required.length > 0 && { required }) };
}

/** An object whose members have one schema. */
export const mapOf = (description: string, values: JsonSchema): JsonSchema => ({
  type: 'object',
  description,
  additionalProperties: values,
});

/** An object that may hold anything. */
export const anything = (description: string): JsonSchema => ({
  type: 'object',
  description,
  'x-kubernetes-preserve-unknown-fields': true,
});

export const quantity = (description: string): JsonSchema => ({ description, 'x-kubernetes-int-or-string': true });

export const atomicList = (description: string, items: JsonSchema): JsonSchema => ({
  type: 'array',
  description,
  items,
  'x-kubernetes-list-type': 'atomic',
});

export const setOf = (description: string, items: JsonSchema): JsonSchema => ({
  type: 'array',
  description,
  items,
  'x-kubernetes-list-type': 'set',
});

/** A list whose items are one per key, merged by every kind of patch. */
export const listByKey = (description: string, key: string, items: JsonSchema): JsonSchema => ({
  type: 'array',
  description,
  items,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': [key],
  'x-kubernetes-patch-merge-key': key,
  'x-kubernetes-patch-strategy': 'merge',
});

export const condition = (description: string, more: Record<string, JsonSchema> = {}): JsonSchema =>
  object(
    description,
    {
      lastTransitionTime: time('When the condition last went from one status to another.'),
      message: string('Sentence that says what is the matter.'),
      reason: string('CamelCase reason of the last transition.'),
      status: string('True, False or Unknown.'),
      type: string('Type of the condition.'),
      ...more,
    },
    ['type', 'status'],
  );

export const objectReference = (description: string): JsonSchema => ({
  ...object(description, {
    apiVersion: string('API version of the referent.'),
    fieldPath: string('Part of the object that is meant, such as spec.containers{name}.'),
    kind: string('Kind of the referent.'),
    name: string('Name of the referent.'),
    namespace: string('Namespace of the referent.'),
    resourceVersion: string('Version of the referent that is meant.'),
    uid: string('UID of the referent.'),
  }),
  'x-kubernetes-map-type': 'atomic',
});

/** Schema of a whole object: type and metadata, then the given members. */
export function kindSchema(
  description: string,
  members: Record<string, JsonSchema>,
  required: string[] = [],
): JsonSchema {
  const head = {
    apiVersion: string('Versioned schema of this representation of an object.'),
    kind: string('REST resource that this object represents, in CamelCase.'),
    metadata: objectMetaSchema,
  };
  return object(description, { ...head, ...members }, required);
}

type Given = Pick<Resource, 'group' | 'version' | 'kind' | 'plural' | 'schema'> & Partial<Resource>;

export function builtin(given: Given): Resource {
  return {
    listKind: `${given.kind}List`,
    singular: given.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    subresources: { status: false },
    columns: [],
    selectableFields: [],
    builtin: true,
    verbs: BUILTIN_VERBS,
    ...given,
  };
}
