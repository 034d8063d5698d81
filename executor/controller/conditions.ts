import { isDeepStrictEqual } from 'node:util';
import type { Condition } from '../../schemas/types/condition.ts';

/** A condition before it has its times: those come when the status is written. */
export type Finding = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

export const holds = (type: string, reason: string, message: string): Finding => ({
  type,
  status: 'True',
  reason,
  message,
});
export const fails = (type: string, reason: string, message: string): Finding => ({
  type,
  status: 'False',
  reason,
  message,
});
export const unknown = (type: string, reason: string, message: string): Finding => ({
  type,
  status: 'Unknown',
  reason,
  message,
});

/**
 * Findings as conditions of generation `generation`: one whose status did not change keeps its lastTransitionTime. Types
 * that are no longer found are dropped.
 */
export function toConditions(
  findings: readonly Finding[],
  previous: readonly Condition[] | undefined,
  generation: number | undefined,
  now: string,
): Condition[] {
  return findings.map((finding) => {
    const before = previous?.find(({ type }) => type === finding.type);
    const lastTransitionTime = before?.status === finding.status ? before.lastTransitionTime : now;
    return { ...finding, lastTransitionTime, ...(generation !== undefined && { observedGeneration: generation }) };
  });
}

/** Puts back the times of conditions whose status did not change, whatever a status was made with. */
export function keepTransitionTimes<S extends { conditions?: Condition[] | undefined }>(
  next: S,
  previous: S | undefined,
): S {
  if (!next.conditions) return next;
  const conditions = next.conditions.map((condition) => {
    const before = previous?.conditions?.find(({ type }) => type === condition.type);
    return before?.status === condition.status
      ? { ...condition, lastTransitionTime: before.lastTransitionTime }
      : condition;
  });
  return { ...next, conditions };
}

/** Equal as JSON: a member that is undefined is a member that is not there. */
export const sameJson = (a: unknown, b: unknown): boolean =>
  isDeepStrictEqual(
    a === undefined ? undefined : JSON.parse(JSON.stringify(a)),
    b === undefined ? undefined : JSON.parse(JSON.stringify(b)),
  );
