import type { FieldError } from '../types.ts';
import type { Strategy } from './strategy.ts';

const atLeast = (field: string, value: unknown, least: number, why: string): FieldError[] =>
  typeof value === 'number' && value < least
    ? [{ reason: 'FieldValueInvalid', field: `spec.${field}`, message: `Invalid value: ${value}: must be ${why}` }]
    : [];

/** Source: k8s.io/kubernetes `ValidateLeaseSpec`. */
export const leaseStrategy: Strategy = {
  validate(object) {
    const { leaseDurationSeconds, leaseTransitions } = (object['spec'] ?? {}) as Record<string, unknown>;
    return [
      ...atLeast('leaseDurationSeconds', leaseDurationSeconds, 1, 'greater than 0'),
      ...atLeast('leaseTransitions', leaseTransitions, 0, 'greater than or equal to 0'),
    ];
  },
};
