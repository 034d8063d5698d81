import { additional, isObject } from '../../schema/json.ts';
import type { JsonSchema, KubeObject } from '../../types.ts';
import { atomOf, type ListAtom, memberOf, rootSchema } from './atom.ts';
import { itemElement } from './items.ts';

/**
 * Why a configuration cannot be applied at all: fields that the schema does not have, and lists whose items cannot be
 * told apart. What is wrong in another way is found when the merged object is validated.
 * Source: structured-merge-diff `typed/validate.go`, whose words these are.
 */
export function typeErrors(applied: KubeObject, schema: JsonSchema): string[] {
  return ofMap(applied, rootSchema(schema), '');
}

function ofValue(value: unknown, schema: JsonSchema | undefined, path: string): string[] {
  if (value === null || value === undefined || !schema) return [];
  if (schema.type === 'array' && !Array.isArray(value)) return [`${path}: expected list, got &{${shown(value)}}`];
  if (schema.type === 'object' && !isObject(value)) return [`${path}: expected map, got &{${shown(value)}}`];
  if (Array.isArray(value)) return ofList(value, schema, path);
  return isObject(value) ? ofMap(value, schema, path) : [];
}

function ofMap(value: object, schema: JsonSchema, path: string): string[] {
  const atom = atomOf(schema, value);
  if (schema.type !== 'object' || atom.kind !== 'map') return [];
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || additional(schema) !== undefined;
  return Object.entries(value).flatMap(([key, member]) => {
    const of = memberOf(atom, key);
    const at = `${path}.${key}`;
    return of || open ? ofValue(member, of, at) : [`${at}: field not declared in schema`];
  });
}

function ofList(items: readonly unknown[], schema: JsonSchema, path: string): string[] {
  const atom = atomOf(schema, items);
  if (schema.type !== 'array' || atom.kind !== 'list') return [];
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const bare = withoutKeys(atom, item);
    if (bare) return [`${path}: element ${index}: ${bare}`];
    const element = atom.by ? placeOf(atom, item) : `[${index}]`;
    if (seen.has(element)) return [`${path}: duplicate entries for key ${element}`];
    seen.add(element);
    return ofValue(item, atom.items, `${path}${element}`);
  });
}

function withoutKeys(atom: ListAtom, item: unknown): string | undefined {
  if (atom.by !== 'keys' || itemElement(atom, item) !== itemElement(atom, {})) return undefined;
  if (atom.keys.some((key) => atom.items?.properties?.[key]?.default !== undefined)) return undefined;
  const keys = atom.keys.map((key) => JSON.stringify(key)).join(' ');
  const why = "and doesn't have default values for any key fields";
  return `associative list with keys has an element that omits all key fields [${keys}] (${why})`;
}

function placeOf(atom: ListAtom, item: unknown): string {
  if (atom.by === 'value' || !isObject(item)) return `[=${JSON.stringify(item)}]`;
  const keys = atom.keys.map((key) => `${key}=${JSON.stringify(item[key] ?? atom.items?.properties?.[key]?.default)}`);
  return `[${keys.sort().join(',')}]`;
}

/** As Go prints it. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(' ')}]`;
  if (!isObject(value)) return value === null ? '<nil>' : String(value);
  const members = Object.keys(value).sort();
  return `map[${members.map((key) => `${key}:${shown(value[key])}`).join(' ')}]`;
}
