import type { FieldError } from '../../types.ts';

export function checkCrd(_crd: object): FieldError[] {
  return [];
}
