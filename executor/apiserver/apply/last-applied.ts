import { canonical, isObject, type JsonObject } from '../schema/json.ts';
import type { JsonSchema, KubeObject } from '../types.ts';
import { printPath } from './conflicts.ts';
import { difference, pathsOf, union } from './fields/set.ts';
import { rootSchema } from './typed/atom.ts';
import { compare } from './typed/compare.ts';
import { fieldSetOf } from './typed/field-set.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Fields that kubectl's client-side apply set, by its annotation, and that are still as it set them; server-side apply by
 * kubectl may take those over. Paths as messages print them.
 */
export function lastAppliedClaims(live: KubeObject | undefined, schema: JsonSchema): Set<string> {
  const text = live?.metadata.annotations?.[LAST_APPLIED];
  const applied = text === undefined ? undefined : parse(text);
  if (!live || applied?.['apiVersion'] !== live.apiVersion) return new Set();
  const root = rootSchema(schema);
  const { added, modified, removed } = compare(applied, live, root);
  const claims = difference(fieldSetOf(applied, root), union(union(added, modified), removed));
  return new Set([...pathsOf(claims)].map(printPath));
}

function parse(text: string): JsonObject | undefined {
  try {
    const applied: unknown = JSON.parse(text);
    return isObject(applied) ? applied : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the annotation in step where there is one, so that client-side apply can go on after server-side apply. */
export function refreshLastApplied(next: KubeObject, applied: KubeObject): KubeObject {
  if (!next.metadata.annotations?.[LAST_APPLIED]) return next;
  const annotations = { ...next.metadata.annotations, [LAST_APPLIED]: `${canonical(bare(applied))}\n` };
  return { ...next, metadata: { ...next.metadata, annotations } };
}

function bare(applied: KubeObject): KubeObject {
  const { managedFields: _, annotations = {}, ...metadata } = applied.metadata;
  const { [LAST_APPLIED]: __, ...others } = annotations;
  const kept = Object.keys(others).length > 0 ? { annotations: others } : {};
  return { ...applied, metadata: { ...metadata, ...kept } };
}
