import type { JsonSchema, Resource } from '../../types.ts';
import {
  anything,
  atomicList,
  boolean,
  builtin,
  condition,
  int32,
  int64,
  kindSchema,
  listByKey,
  object,
  oneOf,
  string,
} from './kit.ts';

const names = (description: string, required: string[]): JsonSchema =>
  object(
    description,
    {
      categories: atomicList('Groups of resources that this one belongs to, such as `all`.', string('Category.')),
      kind: string('Kind of the objects, CamelCase and singular.'),
      listKind: string('Kind of their list; by default the kind followed by List.'),
      plural: string('Plural name, in lower case, as in URLs.'),
      shortNames: atomicList('Short names, in lower case, for the command line.', string('Short name.')),
      singular: string('Singular name, in lower case; by default the kind in lower case.'),
    },
    required,
  );

const column = object(
  'A column that is printed.',
  {
    description: string('What the column shows.'),
    format: string('OpenAPI type modifier of the column.'),
    jsonPath: string('JSON path, evaluated against each object, to the value.'),
    name: string('Title of the column.'),
    priority: int32('Importance; columns above 0 show in wide output only.'),
    type: string('OpenAPI type of the column.'),
  },
  ['name', 'type', 'jsonPath'],
);

const scale = object('How the scale subresource is served.', {
  labelSelectorPath: string('JSON path to the selector, under status or spec.'),
  specReplicasPath: string('JSON path to the wanted replicas, under spec.'),
  statusReplicasPath: string('JSON path to the observed replicas, under status.'),
});

const version = object(
  'One version of the resource.',
  {
    additionalPrinterColumns: atomicList('Columns of tables; by default the age.', column),
    deprecated: boolean('Whether requests to this version get a warning.'),
    deprecationWarning: string('The warning, instead of the default one.'),
    name: string('Version, such as v1beta1.'),
    schema: object('Schema for validation, pruning and defaulting.', {
      openAPIV3Schema: anything('Structural OpenAPI v3 schema.'),
    }),
    selectableFields: atomicList(
      'Fields for field selectors.',
      object('One field.', { jsonPath: string('Simple JSON path to the field, without arrays.') }, ['jsonPath']),
    ),
    served: boolean('Whether the version is served.'),
    storage: boolean('Whether objects are stored in this version; exactly one is.'),
    subresources: object('Subresources beside the object itself.', {
      scale,
      status: anything('The status subresource, where it is present.'),
    }),
  },
  ['name', 'served', 'storage'],
);

const conversion = object(
  'How objects are converted between versions.',
  {
    strategy: oneOf(['None', 'Webhook'], 'None: only apiVersion changes.'),
    webhook: anything('How to call the webhook.'),
  },
  ['strategy'],
);

const spec = object(
  'How the resource appears.',
  {
    conversion,
    group: string('API group of the resource.'),
    names: names('Names of the resource.', ['plural', 'kind']),
    preserveUnknownFields: boolean('Deprecated; must be false.'),
    scope: oneOf(['Cluster', 'Namespaced'], 'Whether objects live in namespaces.'),
    versions: atomicList('All versions of the resource.', version),
  },
  ['group', 'names', 'scope', 'versions'],
);

const status = object('Actual state of the definition.', {
  acceptedNames: names('Names in use, which may differ from those in spec.', ['plural', 'kind']),
  conditions: listByKey(
    'What is known of its state.',
    'type',
    condition('One condition of the definition.', {
      observedGeneration: int64('Generation that the condition is about.'),
    }),
  ),
  observedGeneration: int64('Generation that the controller saw last.'),
  storedVersions: atomicList('Versions in which objects were ever stored.', string('Version.')),
});

export const definitionResource: Resource = builtin({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  subresources: { status: true },
  schema: kindSchema(
    'CustomResourceDefinition represents a resource that the API server should serve.',
    { spec, status },
    ['spec'],
  ),
});
