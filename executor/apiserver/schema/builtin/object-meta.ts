import type { JsonSchema } from '../../types.ts';

const string = (description: string): JsonSchema => ({ type: 'string', description });
const time = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description });
const integer = (description: string): JsonSchema => ({ type: 'integer', format: 'int64', description });
const stringMap = (description: string): JsonSchema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string', default: '' },
});

const ownerReference: JsonSchema = {
  type: 'object',
  description: 'Identifies an owning object, in the same namespace or cluster-scoped.',
  required: ['apiVersion', 'kind', 'name', 'uid'],
  'x-kubernetes-map-type': 'atomic',
  properties: {
    apiVersion: string('API version of the referent.'),
    kind: string('Kind of the referent.'),
    name: string('Name of the referent.'),
    uid: string('UID of the referent.'),
    controller: { type: 'boolean', description: 'Whether this reference points to the managing controller.' },
    blockOwnerDeletion: {
      type: 'boolean',
      description: 'Whether the owner cannot go under foreground deletion until this object is gone.',
    },
  },
};

const managedFieldsEntry: JsonSchema = {
  type: 'object',
  description: 'The set of fields that one manager owns through one operation.',
  properties: {
    manager: string('Name of the workflow that manages these fields.'),
    operation: string('Operation that led to this entry: Apply or Update.'),
    apiVersion: string('Version of the resource that this field set applies to.'),
    time: time('When the entry was last changed.'),
    fieldsType: string('Discriminates the format of the fields; only FieldsV1 is known.'),
    fieldsV1: {
      type: 'object',
      description: 'The fields, in the format FieldsV1.',
      'x-kubernetes-preserve-unknown-fields': true,
    },
    subresource: string('Subresource through which the object was changed, empty for the object itself.'),
  },
};

/** ObjectMeta of meta/v1, as every object carries it. */
export const objectMetaSchema: JsonSchema = {
  type: 'object',
  description: "Standard object's metadata.",
  properties: {
    annotations: stringMap('Unstructured key value map that tools may set to keep arbitrary metadata.'),
    creationTimestamp: time('When the server created this object, in UTC.'),
    deletionGracePeriodSeconds: integer('Seconds for this object to end gracefully before it is removed.'),
    deletionTimestamp: time('When this object will be deleted; set by the server on a graceful deletion.'),
    finalizers: {
      type: 'array',
      description: 'Must be empty before the object goes; each entry names the component that removes it.',
      items: { type: 'string', default: '' },
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    },
    generateName: string('Prefix that the server completes to a unique name where no name is given.'),
    generation: integer('Number of the generation of the desired state; set by the server.'),
    labels: stringMap('Map of keys and values to organise and select objects.'),
    managedFields: {
      type: 'array',
      description: 'Maps each manager to the set of fields that it manages; for internal housekeeping.',
      items: managedFieldsEntry,
      'x-kubernetes-list-type': 'atomic',
    },
    name: string('Name, unique in the namespace. Cannot be changed.'),
    namespace: string('Space within which the name is unique. Cannot be changed.'),
    ownerReferences: {
      type: 'array',
      description: 'Objects that this one depends on; when all are gone, it is collected.',
      items: ownerReference,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-merge-key': 'uid',
      'x-kubernetes-patch-strategy': 'merge',
    },
    resourceVersion: string('Opaque version of this object, for optimistic concurrency and watches.'),
    selfLink: string('Deprecated and never filled.'),
    uid: string('Unique in time and space; set by the server.'),
  },
};
