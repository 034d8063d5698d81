import { objectMetaSchema } from '../schema/builtin/object-meta.ts';
import type { JsonSchema, Resource } from '../types.ts';
import { definitionName, META_NAMES } from './names.ts';

/** A schema as a document holds it, with extensions of its own. */
export type Definition = JsonSchema & { 'x-kubernetes-group-version-kind'?: object[] };

/** Makes a reference to a named definition, in one version of OpenAPI. */
export type Refer = (name: string, description?: string) => JsonSchema;

const text = (description: string): JsonSchema => ({ type: 'string', description });

const HEAD = {
  apiVersion: text('APIVersion defines the versioned schema of this representation of an object.'),
  kind: text('Kind is a string value representing the REST resource this object represents.'),
};

/** Definitions of the given resources and of all that they refer to. */
export function definitionsOf(resources: readonly Resource[], refer: Refer): Record<string, Definition> {
  const definitions = metaDefinitions(refer);
  for (const resource of resources) {
    definitions[definitionName(resource, resource.kind)] = kindDefinition(resource, refer);
    definitions[definitionName(resource, resource.listKind)] = listDefinition(resource, refer);
  }
  return definitions;
}

function gvk(
  { group, version }: Pick<Resource, 'group' | 'version'>,
  kind: string,
): Pick<Definition, 'x-kubernetes-group-version-kind'> {
  return { 'x-kubernetes-group-version-kind': [{ group, kind, version }] };
}

function kindDefinition(resource: Resource, refer: Refer): Definition {
  const { schema } = resource;
  const metadata = refer(META_NAMES.objectMeta, "Standard object's metadata.");
  const properties = { ...HEAD, ...schema.properties, metadata };
  return { ...schema, type: 'object', properties, ...gvk(resource, resource.kind) };
}

function listDefinition(resource: Resource, refer: Refer): Definition {
  return {
    type: 'object',
    description: `${resource.listKind} is a list of ${resource.kind}`,
    required: ['items'],
    properties: {
      ...HEAD,
      items: {
        type: 'array',
        description: `List of ${resource.plural}.`,
        items: refer(definitionName(resource, resource.kind)),
      },
      metadata: refer(META_NAMES.listMeta, 'Standard list metadata.'),
    },
    ...gvk(resource, resource.listKind),
  };
}

function metaDefinitions(refer: Refer): Record<string, Definition> {
  return {
    ...objectMetaDefinitions(refer),
    [META_NAMES.listMeta]: {
      type: 'object',
      description: 'ListMeta describes metadata that lists have.',
      properties: {
        continue: text('Token to get the next page with.'),
        remainingItemCount: { type: 'integer', format: 'int64', description: 'How many items follow this page.' },
        resourceVersion: text('Version of the list.'),
        selfLink: text('Deprecated and never filled.'),
      },
    },
    [META_NAMES.patch]: { type: 'object', description: 'Patch gives a name and type to the body of a patch.' },
    [META_NAMES.deleteOptions]: deleteOptions,
    [META_NAMES.status]: status(refer),
  };
}

function objectMetaDefinitions(refer: Refer): Record<string, Definition> {
  const { ownerReferences = {}, managedFields = {}, ...rest } = objectMetaSchema.properties ?? {};
  const properties = {
    ...rest,
    ownerReferences: { ...ownerReferences, items: refer(META_NAMES.ownerReference) },
    managedFields: { ...managedFields, items: refer(META_NAMES.managedFields) },
  };
  return {
    [META_NAMES.objectMeta]: { ...objectMetaSchema, properties },
    [META_NAMES.ownerReference]: ownerReferences.items ?? {},
    [META_NAMES.managedFields]: managedFields.items ?? {},
  };
}

const deleteOptions: Definition = {
  type: 'object',
  description: 'DeleteOptions may be given when an object is deleted.',
  properties: {
    ...HEAD,
    dryRun: { type: 'array', description: 'All: nothing is persisted.', items: { type: 'string' } },
    gracePeriodSeconds: { type: 'integer', format: 'int64', description: 'Seconds before the object is deleted.' },
    orphanDependents: { type: 'boolean', description: 'Deprecated: use propagationPolicy.' },
    preconditions: {
      type: 'object',
      description: 'Must hold before the deletion is carried out.',
      properties: { resourceVersion: text('Target version.'), uid: text('Target UID.') },
    },
    propagationPolicy: text('What becomes of dependents: Orphan, Background or Foreground.'),
  },
  ...gvk({ group: '', version: 'v1' }, 'DeleteOptions'),
};

function status(refer: Refer): Definition {
  return {
    type: 'object',
    description: 'Status is an answer that is no object.',
    properties: {
      ...HEAD,
      code: { type: 'integer', format: 'int32', description: 'HTTP status code.' },
      details: { type: 'object', description: 'More about the reason.', 'x-kubernetes-preserve-unknown-fields': true },
      message: text('Description of the status, for people.'),
      metadata: refer(META_NAMES.listMeta, 'Standard list metadata.'),
      reason: text('Why the operation is in this status, for programs.'),
      status: text('Success or Failure.'),
    },
    ...gvk({ group: '', version: 'v1' }, 'Status'),
  };
}
