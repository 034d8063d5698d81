import type { Resource } from '../../types.ts';
import {
  atomicList,
  boolean,
  builtin,
  condition,
  kindSchema,
  listByKey,
  mapOf,
  object,
  objectReference,
  string,
} from './kit.ts';

const CORE = { group: '', version: 'v1' };

const namespaceSchema = kindSchema('Namespace provides a scope for names.', {
  spec: object('Behaviour of the namespace.', {
    finalizers: atomicList('Must be empty before the namespace is removed.', string('Name of a finalizer.')),
  }),
  status: object('Current status of the namespace.', {
    conditions: listByKey('What is known of its state.', 'type', condition('One condition of the namespace.')),
    phase: string('Active, or Terminating while its contents are deleted.'),
  }),
});

const localReference = {
  ...object('Names an object in the same namespace.', { name: string('Name of the referent.', { default: '' }) }),
  'x-kubernetes-map-type': 'atomic' as const,
};

const immutable = boolean('When true, the data cannot be changed; only the metadata can.');

const secretSchema = kindSchema('Secret holds secret data; the values of data may not exceed 1 MiB together.', {
  data: mapOf('The data, each value encoded as base64.', string('base64', { format: 'byte' })),
  immutable,
  stringData: mapOf('Data given as plain text; write-only, merged into data.', string('Plain text.')),
  type: string('Helps programs to handle the secret data.', { default: 'Opaque' }),
});

const configMapSchema = kindSchema('ConfigMap holds configuration data for machines to consume.', {
  binaryData: mapOf('Data that is not UTF-8 text, each value encoded as base64.', string('base64', { format: 'byte' })),
  data: mapOf('The configuration data; each value is UTF-8 text.', string('Text.')),
  immutable,
});

const serviceAccountSchema = kindSchema('ServiceAccount names an identity of programs.', {
  automountServiceAccountToken: boolean('Whether pods that run as this account get a token mounted.'),
  imagePullSecrets: atomicList('Secrets to pull images with.', localReference),
  secrets: listByKey('Secrets that pods of this account may use.', 'name', objectReference('Names a secret.')),
});

/** Kinds of the core group, but nodes and events. */
export const coreResources: Resource[] = [
  builtin({
    ...CORE,
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    subresources: { status: true },
    selectableFields: ['.status.phase'],
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    schema: namespaceSchema,
  }),
  builtin({ ...CORE, kind: 'ConfigMap', plural: 'configmaps', shortNames: ['cm'], schema: configMapSchema }),
  builtin({ ...CORE, kind: 'Secret', plural: 'secrets', selectableFields: ['.type'], schema: secretSchema }),
  builtin({
    ...CORE,
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    schema: serviceAccountSchema,
  }),
];
