import type { Resource } from '../types.ts';
import { capital, definitionName, groupVersionId, groupVersionPath, META_NAMES } from './names.ts';
import { list, type Parameter, patch, pathParameters, pretty, remove, write } from './parameters.ts';

/** One operation on one path, before it is written in a version of OpenAPI. */
export interface Operation {
  method: 'get' | 'put' | 'post' | 'delete' | 'patch';
  /** `x-kubernetes-action` */
  action: string;
  id: string;
  description: string;
  parameters: Parameter[];
  /** Definition of the body, if there is one. */
  body?: string;
  /** Media types of the body. */
  consumes: string[];
  /** Definition of the answer. */
  answer: string;
  resource: Resource;
}

export interface Path {
  path: string;
  parameters: Parameter[];
  operations: Operation[];
}

/** What a verb looks like, by where it applies. */
interface Shape {
  method: Operation['method'];
  action: string;
  idPrefix: string;
  parameters: Parameter[];
  body?: 'object' | 'patch' | 'deleteOptions';
  answer: 'object' | 'list' | 'status';
}

const PATCHES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];
const STRATEGIC = 'application/strategic-merge-patch+json';

const item: Record<string, Shape> = {
  get: { method: 'get', action: 'get', idPrefix: 'read', parameters: [], answer: 'object' },
  update: { method: 'put', action: 'put', idPrefix: 'replace', parameters: write, body: 'object', answer: 'object' },
  delete: {
    method: 'delete',
    action: 'delete',
    idPrefix: 'delete',
    parameters: remove,
    body: 'deleteOptions',
    answer: 'status',
  },
  patch: { method: 'patch', action: 'patch', idPrefix: 'patch', parameters: patch, body: 'patch', answer: 'object' },
};

const collection: Record<string, Shape> = {
  list: { method: 'get', action: 'list', idPrefix: 'list', parameters: list, answer: 'list' },
  create: { method: 'post', action: 'post', idPrefix: 'create', parameters: write, body: 'object', answer: 'object' },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    idPrefix: 'deleteCollection',
    parameters: [...list, ...remove],
    body: 'deleteOptions',
    answer: 'status',
  },
};

const across: Record<string, Shape> = { list: collection['list'] as Shape };

const status = Object.fromEntries(['get', 'update', 'patch'].map((verb) => [verb, item[verb] as Shape]));

/** Every path of a resource, with its operations. */
export function pathsOf(resource: Resource): Path[] {
  const base = groupVersionPath(resource);
  const home = resource.namespaced ? `${base}/namespaces/{namespace}/${resource.plural}` : `${base}/${resource.plural}`;
  const paths = [pathOf(resource, home, collection, ''), pathOf(resource, `${home}/{name}`, item, '')];
  if (resource.namespaced) paths.push(pathOf(resource, `${base}/${resource.plural}`, across, 'ForAllNamespaces'));
  if (resource.subresources.status) paths.push(pathOf(resource, `${home}/{name}/status`, status, 'Status'));
  return paths;
}

function pathOf(resource: Resource, path: string, shapes: Record<string, Shape>, suffix: string): Path {
  const served = Object.entries(shapes).filter(([verb]) => resource.verbs.includes(verb));
  const operations = served.map(([, shape]) => operation(resource, shape, path, suffix));
  return { path, parameters: [...pathParameters(path), pretty], operations };
}

function operation(resource: Resource, shape: Shape, path: string, suffix: string): Operation {
  const scope = path.includes('{namespace}') ? 'Namespaced' : '';
  const { method, action, idPrefix, parameters } = shape;
  return {
    method,
    action,
    id: `${idPrefix}${groupVersionId(resource)}${scope}${resource.kind}${suffix}`,
    description: `${capital(idPrefix)} ${suffix === 'Status' ? 'status of ' : ''}${resource.kind}.`,
    parameters,
    ...(shape.body && { body: bodies[shape.body](resource) }),
    consumes: shape.body === 'patch' ? [...PATCHES, ...(resource.builtin ? [STRATEGIC] : [])] : ['*/*'],
    answer: answers[shape.answer](resource),
    resource,
  };
}

const bodies = {
  object: (resource: Resource) => definitionName(resource, resource.kind),
  patch: () => META_NAMES.patch,
  deleteOptions: () => META_NAMES.deleteOptions,
} satisfies Record<NonNullable<Shape['body']>, (resource: Resource) => string>;

const answers = {
  object: (resource: Resource) => definitionName(resource, resource.kind),
  list: (resource: Resource) => definitionName(resource, resource.listKind),
  status: () => META_NAMES.status,
} satisfies Record<Shape['answer'], (resource: Resource) => string>;
