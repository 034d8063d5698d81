import type { FieldError, JsonSchema } from '../../types.ts';
import { correlate, isUnchanged } from '../correlate.ts';
import { isObject, type JsonObject } from '../json.ts';
import { runRules } from './run.ts';
import { type Conversions, rootToCel, toCel } from './values.ts';

/** One walk over an object and what it was. */
interface Walk {
  errors: FieldError[];
  self: Conversions;
  oldSelf: Conversions;
}

/** A value, its past, and where it is. */
interface Place {
  value: unknown;
  old: unknown;
  schema: JsonSchema;
  path: string;
  isRoot: boolean;
  /** Whether the nearest value above with a known past is as it was. */
  unchangedAbove(): boolean;
}

/** Runs every rule of the schema on the value, and on all that is in it, from the outside in. */
export function validateRules(value: unknown, old: unknown, schema: JsonSchema, isRoot = false): FieldError[] {
  const walk: Walk = { errors: [], self: new WeakMap(), oldSelf: new WeakMap() };
  visit({ value, old, schema, path: '', isRoot, unchangedAbove: () => false }, walk);
  return walk.errors;
}

function visit(place: Place, walk: Walk): void {
  const { value, old, schema, path } = place;
  if (value === null || value === undefined || !hasRules(schema)) return;
  const unchanged = place.old === undefined ? place.unchangedAbove : once(() => isUnchanged(value, old, schema));
  const convert = place.isRoot && isObject(value) ? rootToCel : toCel;
  for (const rules of [schema, ...(schema.allOf ?? [])].map((part) => part['x-kubernetes-validations'])) {
    if (!rules || rules.length === 0) continue;
    const self = convert(value as JsonObject, schema, walk.self);
    const oldSelf = old === undefined || old === null ? undefined : convert(old as JsonObject, schema, walk.oldSelf);
    walk.errors.push(...runRules(rules, { self, value, oldSelf, path, schema, unchanged }));
  }
  if (Array.isArray(value)) visitItems(value, { ...place, unchangedAbove: unchanged }, walk);
  else if (isObject(value)) visitMembers(value, { ...place, unchangedAbove: unchanged }, walk);
}

function visitItems(items: unknown[], { old, schema, path, unchangedAbove }: Place, walk: Walk): void {
  const itemSchema = schema.items;
  if (!itemSchema || !hasRules(itemSchema)) return;
  const past = correlate(old, schema);
  items.forEach((value, i) => {
    visit(
      {
        value,
        old: past(value),
        schema: itemSchema,
        path: `${path}[${i}]`,
        isRoot: isEmbedded(itemSchema),
        unchangedAbove,
      },
      walk,
    );
  });
}

function visitMembers(object: JsonObject, { old, schema, path, unchangedAbove }: Place, walk: Walk): void {
  const past = isObject(old) ? old : {};
  const { properties = {}, additionalProperties: rest } = schema;
  for (const [key, value] of Object.entries(object)) {
    const named = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const memberSchema = named ?? (typeof rest === 'object' ? rest : undefined);
    if (!memberSchema) continue;
    const at = named ? join(path, key) : `${path}[${key}]`;
    visit(
      { value, old: own(past, key), schema: memberSchema, path: at, isRoot: isEmbedded(memberSchema), unchangedAbove },
      walk,
    );
  }
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isEmbedded(schema: JsonSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function once(compute: () => boolean): () => boolean {
  let known: boolean | undefined;
  return () => {
    known ??= compute();
    return known;
  };
}

const withRules = new WeakMap<JsonSchema, boolean>();

/** Whether a schema has a rule anywhere, so that what has none is not walked. */
export function hasRules(schema: JsonSchema): boolean {
  let known = withRules.get(schema);
  if (known === undefined) {
    const parts = [
      ...Object.values(schema.properties ?? {}),
      ...(schema.allOf ?? []),
      schema.items,
      schema.additionalProperties,
    ];
    known =
      (schema['x-kubernetes-validations']?.length ?? 0) > 0 ||
      parts.some((part) => typeof part === 'object' && hasRules(part));
    withRules.set(schema, known);
  }
  return known;
}
