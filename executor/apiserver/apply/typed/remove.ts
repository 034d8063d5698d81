import { isObject, type JsonObject } from '../../schema/json.ts';
import type { JsonSchema } from '../../types.ts';
import { fieldElement } from '../fields/element.ts';
import { type FieldSet, isEmpty } from '../fields/set.ts';
import { atomOf, type ListAtom, type MapAtom, memberOf } from './atom.ts';
import { itemElement } from './items.ts';

/**
 * Stands for a map or list that lost all it had, in difference to one that was empty before. It lasts until ownership
 * is settled, since what is merely emptied has not changed hands.
 */
export const EMPTIED = Symbol('emptied');

/** `value` without the items and members of `remove` (structured-merge-diff's `RemoveItems`); see `dropEmptied`. */
export function removeFields(value: unknown, remove: FieldSet, schema: JsonSchema | undefined): unknown {
  const atom = atomOf(schema, value);
  if (atom.kind === 'map' && !atom.atomic) return removeMembers(value as JsonObject, remove, atom);
  if (atom.kind === 'list' && atom.by) return removeItems(value as unknown[], remove, atom);
  return value;
}

function removeMembers(object: JsonObject, remove: FieldSet, atom: MapAtom): unknown {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    const below = remove.children.get(fieldElement(key));
    if (below?.member) continue;
    kept[key] = below && !isEmpty(below) ? removeFields(value, below, memberOf(atom, key)) : value;
  }
  return Object.keys(kept).length > 0 || Object.keys(object).length === 0 ? kept : EMPTIED;
}

function removeItems(items: unknown[], remove: FieldSet, atom: ListAtom): unknown {
  const kept = items.flatMap((item) => {
    const below = remove.children.get(itemElement(atom, item));
    if (below?.member) return [];
    return [below && !isEmpty(below) ? removeFields(item, below, atom.items) : item];
  });
  return kept.length > 0 || items.length === 0 ? kept : EMPTIED;
}

/** `value` without what removal emptied. */
export function dropEmptied(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== EMPTIED).map(dropEmptied);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== EMPTIED);
  return Object.fromEntries(kept.map(([key, member]) => [key, dropEmptied(member)]));
}
