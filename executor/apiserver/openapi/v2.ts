import type { JsonSchema, Resource } from '../types.ts';
import { definitionsOf } from './definitions.ts';
import { INFO } from './info.ts';
import { type Operation, type Path, pathsOf } from './operations.ts';
import type { Parameter } from './parameters.ts';

function refer(name: string, description?: string): JsonSchema {
  const ref = { $ref: `#/definitions/${name}` };
  return description === undefined ? ref : { description, ...ref };
}

/** OpenAPI 2.0 document of all resources: what is left of their schemas there (apiextensions-apiserver's `builder`). */
export function openapiV2(resources: readonly Resource[]): object {
  const paths = resources.flatMap(pathsOf).map((path) => [path.path, pathItem(path)]);
  const definitions = Object.entries(definitionsOf(resources, refer)).map(([name, schema]) => [name, reduce(schema)]);
  return { swagger: '2.0', info: INFO, paths: Object.fromEntries(paths), definitions: Object.fromEntries(definitions) };
}

function pathItem(path: Path): object {
  const operations = path.operations.map((operation) => [operation.method, operationObject(operation)]);
  return { ...Object.fromEntries(operations), parameters: path.parameters.map(parameter) };
}

function operationObject(operation: Operation): object {
  const { group, kind, version } = operation.resource;
  const body = operation.body === undefined ? [] : [{ name: 'body', in: 'body', schema: refer(operation.body) }];
  return {
    description: operation.description,
    operationId: operation.id,
    consumes: operation.consumes,
    produces: ['application/json', 'application/yaml'],
    parameters: [...body, ...operation.parameters.map(parameter)],
    responses: { 200: { description: 'OK', schema: refer(operation.answer) } },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, kind, version },
  };
}

function parameter({ name, in: place, type, description }: Parameter): object {
  return { name, in: place, type, description, uniqueItems: true, ...(place === 'path' && { required: true }) };
}

/** OpenAPI 2.0 has no branches, no nulls, and no type for what may be of two. */
function reduce(schema: JsonSchema): JsonSchema {
  const { oneOf, anyOf, allOf, not, nullable, 'x-kubernetes-validations': rules, ...rest } = schema;
  if (nullable || rest['x-kubernetes-preserve-unknown-fields'] || rest['x-kubernetes-int-or-string'])
    return untyped(rest);
  const { properties, items, additionalProperties, ...shallow } = rest;
  return {
    ...shallow,
    ...(properties && { properties: mapValues(properties, reduce) }),
    ...(items && { items: reduce(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? reduce(additionalProperties) : additionalProperties,
    }),
  };
}

function untyped(schema: JsonSchema): JsonSchema {
  const { type, properties, items, additionalProperties, default: value, ...rest } = schema;
  return rest;
}

function mapValues(
  properties: Record<string, JsonSchema>,
  change: (schema: JsonSchema) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, change(schema)]));
}
