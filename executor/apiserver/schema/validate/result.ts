import type { FieldError } from '../../types.ts';

/**
 * What one schema says of one value. `matches` counts the checks made: where no branch of an anyOf or oneOf holds, the
 * branch that got furthest explains why (as kube-openapi chooses).
 */
export interface Result {
  errors: FieldError[];
  matches: number;
}

export function merge(into: Result, from: Result): void {
  into.errors.push(...from.errors);
  into.matches += from.matches;
}
