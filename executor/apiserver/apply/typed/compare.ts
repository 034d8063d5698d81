import { equal, isObject, type JsonObject } from '../../schema/json.ts';
import type { JsonSchema } from '../../types.ts';
import { fieldElement } from '../fields/element.ts';
import { childOf, emptySet, type FieldSet } from '../fields/set.ts';
import { type Atom, atomOf, type ListAtom, type MapAtom, memberOf } from './atom.ts';
import { itemsByElement } from './items.ts';
import { EMPTIED } from './remove.ts';

const SCALAR: Atom = { kind: 'scalar' };

/** What changed between two values: leaves, and the maps and items that came or went. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** Compares `before` with `after`, either of which may be absent (undefined). */
export function compare(before: unknown, after: unknown, schema: JsonSchema): Comparison {
  const comparison = { added: emptySet(), modified: emptySet(), removed: emptySet() };
  walk(before, after, schema, comparison);
  comparison.added.member = false;
  comparison.removed.member = false;
  return comparison;
}

function walk(before: unknown, after: unknown, schema: JsonSchema | undefined, at: Comparison): void {
  if (before === undefined) at.added.member = true;
  else if (after === undefined) at.removed.member = true;
  // Null beside a map or a list counts as one without content.
  const left = isNothing(before) ? undefined : atomOf(schema, before);
  const right = isNothing(after) ? undefined : atomOf(schema, after);
  const atom = right ?? left ?? SCALAR;
  if (left && right && left.kind !== right.kind) replace(before, after, schema, at);
  else if (isLeaf(atom, before, after)) {
    if (before !== undefined && after !== undefined && !equal(before, after)) at.modified.member = true;
  } else if (atom.kind === 'map') walkMembers(before, after, atom, at);
  else if (atom.kind === 'list') walkItems(before, after, atom, at);
}

/** A value of another type: what was under the old one goes, what is under the new one comes. */
function replace(before: unknown, after: unknown, schema: JsonSchema | undefined, at: Comparison): void {
  const gone = { added: emptySet(), modified: emptySet(), removed: at.removed };
  walk(before, undefined, schema, gone);
  at.removed.member = false;
  walk(undefined, after, schema, at);
  at.added.member = false;
  at.modified.member = true;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === EMPTIED;
}

/** Two empty maps or lists count as a leaf, which keeps null and empty apart. */
function isLeaf(atom: Atom, before: unknown, after: unknown): boolean {
  if (atom.kind === 'scalar') return true;
  if (atom.kind === 'map' ? atom.atomic : !atom.by) return true;
  return isBare(before) && isBare(after);
}

function isBare(value: unknown): boolean {
  return isNothing(value) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

function walkMembers(before: unknown, after: unknown, atom: MapAtom, at: Comparison): void {
  const left = isObject(before) ? before : {};
  const right = isObject(after) ? after : {};
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    descend(own(left, key), own(right, key), memberOf(atom, key), fieldElement(key), at);
  }
}

function walkItems(before: unknown, after: unknown, atom: ListAtom, at: Comparison): void {
  const left = itemsByElement(atom, Array.isArray(before) ? before : []);
  const right = itemsByElement(atom, Array.isArray(after) ? after : []);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    descend(left.get(element), right.get(element), atom.items, element, at);
  }
}

function descend(
  before: unknown,
  after: unknown,
  schema: JsonSchema | undefined,
  element: string,
  at: Comparison,
): void {
  if (before === after) return;
  const below = {
    added: childOf(at.added, element),
    modified: childOf(at.modified, element),
    removed: childOf(at.removed, element),
  };
  walk(before, after, schema, below);
  for (const side of ['added', 'modified', 'removed'] as const) {
    if (!below[side].member && below[side].children.size === 0) at[side].children.delete(element);
  }
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
