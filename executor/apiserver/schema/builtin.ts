import type { Resource } from '../types.ts';
import { apiServiceResource } from './builtin/api-service.ts';
import { coreResources } from './builtin/core.ts';
import { definitionResource } from './builtin/definition.ts';
import { eventResources } from './builtin/event.ts';
import { leaseResource } from './builtin/lease.ts';
import { nodeResource } from './builtin/node.ts';

/** The kinds that the API server knows without a CustomResourceDefinition. Their table columns are with the tables. */
export const builtinResources: Resource[] = [
  ...coreResources,
  nodeResource,
  ...eventResources,
  leaseResource,
  definitionResource,
  apiServiceResource,
];
