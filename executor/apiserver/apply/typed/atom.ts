import { objectMetaSchema } from '../../schema/builtin/object-meta.ts';
import { additional, isObject } from '../../schema/json.ts';
import type { JsonSchema } from '../../types.ts';

export interface ListAtom {
  kind: 'list';
  /** How items are told apart; undefined for a list that is one value. */
  by: 'value' | 'keys' | undefined;
  keys: string[];
  items: JsonSchema | undefined;
}

export interface MapAtom {
  kind: 'map';
  /** Whether it is one value, owned as a whole. */
  atomic: boolean;
  fields: Record<string, JsonSchema>;
  element: JsonSchema | undefined;
}

/** How a value merges: structured-merge-diff's atoms. */
export type Atom = { kind: 'scalar' } | ListAtom | MapAtom;

const SCALAR: Atom = { kind: 'scalar' };
/** Without a schema, objects merge by member and lists are one value. */
const DEDUCED_LIST: Atom = { kind: 'list', by: undefined, keys: [], items: undefined };
const DEDUCED_MAP: Atom = { kind: 'map', atomic: false, fields: {}, element: undefined };

/** How `value` merges by its schema; a value that its schema does not allow, and null, are taken for scalars. */
export function atomOf(schema: JsonSchema | undefined, value: unknown): Atom {
  if (Array.isArray(value)) return listAtom(schema);
  return isObject(value) ? mapAtom(schema) : SCALAR;
}

function listAtom(schema: JsonSchema | undefined): Atom {
  if (schema?.type !== 'array') return DEDUCED_LIST;
  const { items, 'x-kubernetes-list-type': type, 'x-kubernetes-list-map-keys': keys = [] } = schema;
  const by = type === 'map' ? 'keys' : type === 'set' ? 'value' : undefined;
  return { kind: 'list', by, keys, items };
}

const mapAtoms = new WeakMap<JsonSchema, MapAtom>();

function mapAtom(schema: JsonSchema | undefined): Atom {
  if (schema?.type !== 'object') return DEDUCED_MAP;
  let atom = mapAtoms.get(schema);
  if (!atom) {
    atom = makeMapAtom(schema);
    mapAtoms.set(schema, atom);
  }
  return atom;
}

function makeMapAtom(schema: JsonSchema): MapAtom {
  return {
    kind: 'map',
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    fields: schema['x-kubernetes-embedded-resource'] ? rootFields(schema) : (schema.properties ?? {}),
    element: additional(schema),
  };
}

const HEAD: JsonSchema = { type: 'string' };

function rootFields(schema: JsonSchema): Record<string, JsonSchema> {
  return { ...schema.properties, apiVersion: HEAD, kind: HEAD, metadata: objectMetaSchema };
}

const rootSchemas = new WeakMap<JsonSchema, JsonSchema>();

/** The schema of a whole object with what every object has: apiVersion, kind, metadata. */
export function rootSchema(schema: JsonSchema): JsonSchema {
  let root = rootSchemas.get(schema);
  if (!root) {
    root = { ...schema, type: 'object', properties: rootFields(schema) };
    rootSchemas.set(schema, root);
  }
  return root;
}

/** Schema of a member, and whether the schema names it. */
export function memberOf(atom: MapAtom, key: string): JsonSchema | undefined {
  return Object.hasOwn(atom.fields, key) ? atom.fields[key] : atom.element;
}

export function isNamed(atom: MapAtom, key: string): boolean {
  return Object.hasOwn(atom.fields, key);
}
