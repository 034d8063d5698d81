import type { JsonSchema } from '../types.ts';
import { objectMetaSchema } from './builtin/object-meta.ts';
import { additional, isObject, type JsonObject } from './json.ts';

/** Collects what was removed, for strict field validation. */
interface Pruning {
  removed: string[];
}

const ROOT_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Removes from `object`, in place, what the structural schema does not name, and answers the paths removed, sorted
 * (`spec.disks[0].colour`). The object's own apiVersion, kind and metadata are known without being named.
 */
export function prune(object: JsonObject, schema: JsonSchema): string[] {
  const run: Pruning = { removed: [] };
  pruneRoot(object, schema, '', run);
  return run.removed.sort();
}

function pruneRoot(object: JsonObject, schema: JsonSchema, path: string, run: Pruning): void {
  pruneMembers(object, schema, path, run, ROOT_FIELDS);
  if (isObject(object['metadata'])) pruneMembers(object['metadata'], objectMetaSchema, join(path, 'metadata'), run);
}

function pruneValue(value: unknown, schema: JsonSchema | undefined, path: string, run: Pruning): void {
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      pruneValue(item, schema?.items ?? inherited(schema), `${path}[${i}]`, run);
    });
  } else if (isObject(value)) {
    if (schema?.['x-kubernetes-embedded-resource']) pruneRoot(value, schema, path, run);
    else pruneMembers(value, schema, path, run);
  }
}

function pruneMembers(
  object: JsonObject,
  schema: JsonSchema | undefined,
  path: string,
  run: Pruning,
  spared?: ReadonlySet<string>,
): void {
  const keep = schema?.['x-kubernetes-preserve-unknown-fields'] === true;
  const rest = schema && additional(schema);
  for (const key of Object.keys(object)) {
    if (spared?.has(key)) continue;
    const at = join(path, key);
    const property = ownProperty(schema, key) ?? rest;
    if (property) pruneValue(object[key], property, at, run);
    else if (!keep) drop(object, key, at, run);
  }
}

function ownProperty(schema: JsonSchema | undefined, key: string): JsonSchema | undefined {
  return schema?.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
}

function drop(object: JsonObject, key: string, path: string, run: Pruning): void {
  run.removed.push(path);
  delete object[key];
}

/** Items without a schema are kept whole inside what preserves unknown fields. */
function inherited(schema: JsonSchema | undefined): JsonSchema | undefined {
  return schema?.['x-kubernetes-preserve-unknown-fields'] ? schema : undefined;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
