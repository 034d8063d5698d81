import { clone, isObject, type JsonObject } from '../../schema/json.ts';
import type { JsonSchema } from '../../types.ts';
import { atomOf, type ListAtom, type MapAtom, memberOf } from './atom.ts';
import { itemsByElement } from './items.ts';
import { mergeOrder } from './order.ts';

/** `applied` over `live`: members and items merge, leaves and atomic values are replaced. */
export function mergeValues(live: unknown, applied: unknown, schema: JsonSchema | undefined): unknown {
  if (applied === undefined) return clone(live);
  const atom = atomOf(schema, applied);
  if (atom.kind === 'map' && !atom.atomic && isObject(live)) return mergeMaps(live, applied as JsonObject, atom);
  if (atom.kind === 'list' && atom.by && Array.isArray(live)) return mergeLists(live, applied as unknown[], atom);
  return clone(applied);
}

function mergeMaps(live: JsonObject, applied: JsonObject, atom: MapAtom): JsonObject {
  const merged: JsonObject = {};
  for (const key of new Set([...Object.keys(live), ...Object.keys(applied)])) {
    const value = Object.hasOwn(applied, key) ? applied[key] : undefined;
    merged[key] = mergeValues(Object.hasOwn(live, key) ? live[key] : undefined, value, memberOf(atom, key));
  }
  return merged;
}

function mergeLists(live: unknown[], applied: unknown[], atom: ListAtom): unknown[] {
  const ours = itemsByElement(atom, applied);
  const theirs = itemsByElement(atom, live);
  return mergeOrder([...theirs.keys()], [...ours.keys()]).map((element) =>
    mergeValues(theirs.get(element), ours.get(element), atom.items),
  );
}
