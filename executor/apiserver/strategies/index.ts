import type { Served } from '../registry.ts';
import type { FieldError, KubeObject } from '../types.ts';
import { crdStrategy } from './crd.ts';
import { configMapStrategy, secretStrategy } from './data.ts';
import { eventStrategy } from './event.ts';
import { leaseStrategy } from './lease.ts';
import { namespaceStrategy } from './namespace.ts';

/** What a built-in kind does besides its schema. */
export interface Strategy {
  /** The name may have no dots. */
  plainName?: boolean;
  hasGeneration?: boolean;
  /** Checks types that the schema cannot tell. @throws StatusError 400 */
  checkTypes?(object: KubeObject): void;
  prepareCreate?(object: KubeObject, now: Date): void;
  prepareUpdate?(next: KubeObject, live: KubeObject): void;
  validate?(object: KubeObject, live?: KubeObject): FieldError[];
  /** What an update of a subresource makes of the live object. */
  subresources?: Record<string, (wanted: KubeObject, live: KubeObject) => KubeObject>;
  /** @throws StatusError for what may never be deleted */
  checkDelete?(object: KubeObject): void;
  prepareDelete?(object: KubeObject, now: Date): void;
  /** Something other than a finalizer in metadata keeps the deleted object. */
  holds?(object: KubeObject): boolean;
}

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
