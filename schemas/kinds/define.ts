import type * as z from 'zod';
import type { KindNames } from './names.ts';

export const GROUP = 'vmctl.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Finalizer with which the executor holds an object until its host resources are freed. */
export const FINALIZER = 'vmctl.dev/executor';

/** A column of `kubectl get`, as in a CustomResourceDefinition. Priority 1 is shown under `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

/** Everything about one kind: what a CRD, a table, the documentation and the command line are made from. */
export interface KindDefinition<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType>
  extends KindNames {
  readonly description: string;
  readonly spec: Spec;
  readonly status: Status;
  readonly columns: readonly Column[];
  readonly selectableFields?: readonly string[];
}

/** Names a kind's definition while keeping the exact types of its schemas. */
export const defineKind = <Spec extends z.ZodType, Status extends z.ZodType>(
  definition: KindDefinition<Spec, Status>,
): KindDefinition<Spec, Status> => definition;

/** Singular name of a kind, as Kubernetes writes it. */
export const singular = (definition: KindNames): string => definition.kind.toLowerCase();
