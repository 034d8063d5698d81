import { isObject, type JsonObject } from '../../schema/json.ts';
import type { JsonSchema } from '../../types.ts';
import { fieldElement, fieldName } from '../fields/element.ts';
import { childOf, emptySet, type FieldSet, isEmpty } from '../fields/set.ts';
import { atomOf, isNamed, type MapAtom, memberOf } from './atom.ts';
import { itemElement } from './items.ts';

/** The fields that an applied configuration claims: its leaves, its items, and the members of its maps. */
export function fieldSetOf(value: unknown, schema: JsonSchema | undefined): FieldSet {
  const set = emptySet();
  collect(value, schema, set);
  return set;
}

function collect(value: unknown, schema: JsonSchema | undefined, set: FieldSet): void {
  const atom = atomOf(schema, value);
  if (atom.kind === 'scalar' || (atom.kind === 'map' ? atom.atomic : !atom.by)) set.member = true;
  else if (atom.kind === 'map') collectMembers(value as JsonObject, atom, set);
  else {
    for (const item of value as unknown[]) {
      const child = childOf(set, itemElement(atom, item));
      child.member = true;
      collect(item, atom.items, child);
    }
  }
}

function collectMembers(object: JsonObject, atom: MapAtom, set: FieldSet): void {
  for (const [key, value] of Object.entries(object)) {
    const element = fieldElement(key);
    const child = childOf(set, element);
    collect(value, memberOf(atom, key), child);
    if (!isNamed(atom, key) || (isObject(value) && Object.keys(value).length === 0)) child.member = true;
    // Nobody claims an empty list that merges by item.
    if (isEmpty(child)) set.children.delete(element);
  }
}

/**
 * The set with the named fields above its members as members too. An update owns `spec` itself, an applied
 * configuration only what is in it; removal needs both to look alike.
 */
export function withNamedFields(set: FieldSet, schema: JsonSchema | undefined): FieldSet {
  const atom = schema && atomOf(schema, {});
  const children = [...set.children].map(([element, child]): [string, FieldSet] => {
    const name = fieldName(element);
    if (name === undefined || atom?.kind !== 'map') return [element, withNamedFields(child, schema?.items)];
    const next = withNamedFields(child, memberOf(atom, name));
    return [element, isNamed(atom, name) ? { ...next, member: true } : next];
  });
  return { member: set.member, children: new Map(children) };
}
