import * as z from 'zod';
import { GROUP, type KindDefinition, singular, VERSION } from './kinds/define.ts';

/** A JSON Schema as OpenAPI v3.0 and Kubernetes write it. */
export interface OpenApiSchema {
  [keyword: string]: unknown;
  type?: string;
  properties?: Record<string, OpenApiSchema>;
  items?: OpenApiSchema;
  description?: string;
}

/** Bounds that zod adds to every integer; they say nothing, and CEL's cost estimate does without them. */
const SAFE_INTEGER = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

function dropSafeIntegerBounds(schema: OpenApiSchema): void {
  if (SAFE_INTEGER.includes(schema['maximum'] as number)) delete schema['maximum'];
  if (SAFE_INTEGER.includes(schema['minimum'] as number)) delete schema['minimum'];
}

function asIntOrString(schema: OpenApiSchema): void {
  delete schema.type;
  schema['anyOf'] = [{ type: 'integer' }, { type: 'string' }];
}

function asCatchAll(schema: OpenApiSchema): void {
  delete schema['additionalProperties'];
  schema['x-kubernetes-preserve-unknown-fields'] = true;
}

const isCatchAll = (schema: OpenApiSchema): boolean => {
  const extra = schema['additionalProperties'];
  return extra === true || (typeof extra === 'object' && extra !== null && Object.keys(extra).length === 0);
};

/**
 * The structural rules of a CustomResourceDefinition, applied to what zod writes.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
function makeStructural(schema: OpenApiSchema): void {
  dropSafeIntegerBounds(schema);
  if (schema['x-kubernetes-int-or-string'] === true) asIntOrString(schema);
  if (isCatchAll(schema)) asCatchAll(schema);
  if (schema['additionalProperties'] === false) delete schema['additionalProperties'];
  if (schema['propertyNames'] !== undefined) delete schema['propertyNames'];
  if (schema['pattern'] !== undefined) delete schema['format'];
}

/** The structural schema of one zod schema. */
export function structural(schema: z.ZodType): OpenApiSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ jsonSchema }) => makeStructural(jsonSchema as OpenApiSchema),
  }) as OpenApiSchema;
  return json;
}

const VERSION_AND_KIND = {
  apiVersion: {
    type: 'string',
    description: 'Versioned schema of this representation of an object.',
  },
  kind: { type: 'string', description: 'Kind of this object.' },
  metadata: { type: 'object', properties: { name: { type: 'string' } } },
};

/** Names end up in file names beside other words, so they stay under the 63 bytes of a label. */
const NAME_RULE = {
  rule: 'self.metadata.name.size() <= 63',
  message: 'name must be at most 63 characters long',
  fieldPath: '.metadata.name',
};

/** The structural schema of a whole object of a kind. */
export function objectSchema(kind: KindDefinition): OpenApiSchema {
  return {
    type: 'object',
    description: kind.description,
    required: ['spec'],
    properties: {
      ...VERSION_AND_KIND,
      spec: { description: 'What should be.', ...structural(kind.spec) },
      status: { description: 'What was last observed.', ...structural(kind.status) },
    },
    'x-kubernetes-validations': [NAME_RULE],
  };
}

const AGE = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was created.',
};

/** The CustomResourceDefinition of a kind, ready for `kubectl apply`. */
export function crd(kind: KindDefinition) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: singular(kind),
        shortNames: [...kind.shortNames],
        categories: ['vms'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [...kind.columns, AGE],
          ...(kind.selectableFields && { selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })) }),
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  };
}

export type CustomResourceDefinition = ReturnType<typeof crd>;
