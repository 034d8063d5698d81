import type * as z from 'zod';

/** One entry of `x-kubernetes-validations`: a CEL rule and the sentence that a person reads when it fails. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
}

const rulesOf = (schema: z.ZodType): readonly CelRule[] =>
  (schema.meta()?.['x-kubernetes-validations'] as readonly CelRule[] | undefined) ?? [];

/** zod runs refinements beside a failed bound; a check that cannot read such a value has nothing to add but no. */
function holds<T>(check: (value: T) => boolean, value: T): boolean {
  try {
    return check(value);
  } catch {
    return false;
  }
}

/**
 * Pairs a CEL rule with the same check in TypeScript: `.refine` alone vanishes from the JSON Schema, and a server older than
 * 1.25 ignores the CEL rule, so each side needs its own form. A test holds both to one verdict.
 */
export function withRule<S extends z.ZodType>(schema: S, rule: CelRule, check: (value: z.output<S>) => boolean): S {
  const validations = [...rulesOf(schema), rule];
  const refined = schema.refine((value) => holds(check, value), { message: rule.message });
  return refined.meta({ ...schema.meta(), 'x-kubernetes-validations': validations }) as S;
}

/** Rules about a change. Only the API server sees both states, so there is no TypeScript half. */
export function onUpdate<S extends z.ZodType>(schema: S, ...rules: readonly CelRule[]): S {
  return schema.meta({ ...schema.meta(), 'x-kubernetes-validations': [...rulesOf(schema), ...rules] }) as S;
}

/** A field that keeps the value it was created with. */
export const immutable = <S extends z.ZodType>(schema: S): S =>
  onUpdate(schema, { rule: 'self == oldSelf', message: 'field is immutable' });
