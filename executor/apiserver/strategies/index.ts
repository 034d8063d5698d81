import type { Served } from '../registry.ts';
import { crdStrategy } from './crd.ts';
import { configMapStrategy, secretStrategy } from './data.ts';
import { eventStrategy } from './event.ts';
import { leaseStrategy } from './lease.ts';
import { namespaceStrategy } from './namespace.ts';
import type { Strategy } from './strategy.ts';

const strategies: Record<string, Strategy> = {
  namespaces: namespaceStrategy,
  secrets: secretStrategy,
  configmaps: configMapStrategy,
  events: eventStrategy,
  'leases.coordination.k8s.io': leaseStrategy,
  'events.events.k8s.io': eventStrategy,
  'customresourcedefinitions.apiextensions.k8s.io': crdStrategy,
};

const none: Strategy = {};

export const strategyOf = ({ resource }: Pick<Served, 'resource'>): Strategy => strategies[resource] ?? none;
