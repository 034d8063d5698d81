import { difference, type FieldSet, intersection, isEmpty, union } from '../fields/set.ts';
import type { Comparison } from '../typed/compare.ts';
import type { Managed, Managers } from './managed.ts';

/** What of others' fields a change touches. */
export interface Claim {
  managed: Managed;
  set: FieldSet;
}

/** Fields that the change sets and others but `self` manage. */
export function claimsOf(managers: Managers, self: string, { modified, added }: Comparison): Claim[] {
  const changed = union(modified, added);
  const claims: Claim[] = [];
  for (const [key, managed] of managers) {
    if (key === self) continue;
    const set = intersection(managed.set, changed);
    if (!isEmpty(set)) claims.push({ managed, set });
  }
  return claims;
}

/** Takes from all but `self` what the change set or removed, in place; who owns nothing then, goes. */
export function yieldFields(managers: Managers, self: string, { modified, added, removed }: Comparison): void {
  const lost = union(union(modified, added), removed);
  for (const [key, managed] of managers) {
    if (key !== self) managed.set = difference(managed.set, lost);
    if (isEmpty(managed.set)) managers.delete(key);
  }
}
