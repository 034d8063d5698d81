import type { JsonSchema, Resource } from '../types.ts';
import { definitionsOf } from './definitions.ts';
import { INFO } from './info.ts';
import { groupVersionPath } from './names.ts';
import { type Operation, type Path, pathsOf } from './operations.ts';
import type { Parameter } from './parameters.ts';

/** References in OpenAPI 3.0 cannot have siblings; kube-apiserver wraps them in an allOf. */
function refer(name: string, description?: string): JsonSchema {
  const ref = { $ref: `#/components/schemas/${name}` };
  return description === undefined ? ref : { description, allOf: [ref], default: {} };
}

interface GroupVersion {
  group: string;
  version: string;
}

/** Answer of `/openapi/v3`: where the document of each group and version is; `hash` makes its address change with it. */
export function openapiV3Index(
  groupVersions: readonly GroupVersion[],
  hash: string | ((gv: GroupVersion) => string),
): object {
  const entries = groupVersions.map((gv) => {
    const path = groupVersionPath(gv).slice(1);
    const value = typeof hash === 'string' ? hash : hash(gv);
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${encodeURIComponent(value)}` }];
  });
  return { paths: Object.fromEntries(entries) };
}

/** OpenAPI 3.0 document of one group and version; resources of others are passed over. */
export function openapiV3(group: string, version: string, resources: readonly Resource[]): object {
  const own = resources.filter((resource) => resource.group === group && resource.version === version);
  const paths = own.flatMap(pathsOf).map((path) => [path.path, pathItem(path)]);
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: Object.fromEntries(paths),
    components: { schemas: definitionsOf(own, refer) },
  };
}

function pathItem(path: Path): object {
  const operations = path.operations.map((operation) => [operation.method, operationObject(operation)]);
  return { ...Object.fromEntries(operations), parameters: path.parameters.map(parameter) };
}

function operationObject(operation: Operation): object {
  const { group, kind, version } = operation.resource;
  return {
    description: operation.description,
    operationId: operation.id,
    parameters: operation.parameters.map(parameter),
    ...(operation.body !== undefined && { requestBody: { content: content(operation.consumes, operation.body) } }),
    responses: {
      200: { description: 'OK', content: content(['application/json', 'application/yaml'], operation.answer) },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, kind, version },
  };
}

function content(types: readonly string[], definition: string): object {
  return Object.fromEntries(types.map((type) => [type, { schema: refer(definition) }]));
}

function parameter({ name, in: place, type, description }: Parameter): object {
  return {
    name,
    in: place,
    description,
    ...(place === 'path' && { required: true }),
    schema: { type, uniqueItems: true },
  };
}
