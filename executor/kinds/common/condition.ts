import type { Condition } from '../../../schemas/types/condition.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';

export interface Verdict {
  readonly status: Condition['status'];
  /** CamelCase. */
  readonly reason: string;
  /** A sentence that a person can act on. */
  readonly message: string;
}

export const yes = (reason: string, message: string): Verdict => ({ status: 'True', reason, message });
export const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });

/** RFC 3339 to the second, as the API server writes times. */
export const timestampOf = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.[0-9]+Z$/, 'Z');

/** A condition about the object's present spec. `now` becomes its transition time where its status changes. */
export function makeCondition(object: KubeObject, type: string, verdict: Verdict, now: string): Condition {
  const generation = object.metadata.generation;
  return {
    type,
    ...verdict,
    lastTransitionTime: now,
    ...(generation !== undefined && { observedGeneration: generation }),
  };
}

/** The conditions with one of them replaced; the others stay, in their order. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition): Condition[] {
  const all = conditions ?? [];
  return all.some(({ type }) => type === next.type)
    ? all.map((one) => (one.type === next.type ? settle(one, next) : one))
    : [...all, next];
}

/** A condition that says the same again keeps the time at which it began. */
const settle = (before: Condition, next: Condition): Condition =>
  before.status === next.status ? { ...next, lastTransitionTime: before.lastTransitionTime } : next;
