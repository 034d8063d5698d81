import type { JsonSchema } from '../types.ts';
import { difference, emptySet, type FieldSet, intersection, isEmpty, union } from './fields/set.ts';
import type { Managed, Managers } from './managers/managed.ts';
import { fieldSetOf, withNamedFields } from './typed/field-set.ts';
import { removeFields } from './typed/remove.ts';

/**
 * Removes from the merged object what the applier applied last time, does not now, and nobody else owns. What is left
 * empty by that is marked, for `dropEmptied`.
 * @param managers all managers, the applier with its new fields
 * @param last the applier's entry of last time
 */
export function pruneUnclaimed(
  merged: unknown,
  managers: Managers,
  last: Managed | undefined,
  schema: JsonSchema,
): unknown {
  if (!last || isEmpty(last.set)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, schema);
  const all = named(fieldSetOf(merged, schema));
  const before = named(last.set);
  const bare = named(fieldSetOf(removeFields(merged, before, schema), schema));
  const owned = named([...managers.values()].reduce((set, managed) => union(set, managed.set), emptySet()));
  const withOwned = removeFields(merged, difference(all, union(bare, owned)), schema);
  const left = named(fieldSetOf(withOwned, schema));
  // What nobody owns, and the applier did not own either, stays.
  return removeFields(merged, intersection(difference(all, left), before), schema);
}
