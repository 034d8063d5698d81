import type { JsonSchema, KubeObject } from '../types.ts';
import { printPath } from './conflicts.ts';
import { pathsOf } from './fields/set.ts';
import { rootSchema } from './typed/atom.ts';
import { fieldSetOf } from './typed/field-set.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Fields that kubectl's client-side apply set, by its annotation; server-side apply by kubectl may take them over. */
export function lastAppliedClaims(live: KubeObject | undefined, schema: JsonSchema): Set<string> {
  const text = live?.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return new Set();
  try {
    const applied: unknown = JSON.parse(text);
    const claims = [...pathsOf(fieldSetOf(applied, rootSchema(schema)))].map(printPath);
    return new Set([...claims, `.metadata.annotations.${LAST_APPLIED}`]);
  } catch {
    // An annotation that is not JSON claims nothing.
    return new Set();
  }
}

/** Keeps the annotation in step where there is one, so that client-side apply can go on after server-side apply. */
export function refreshLastApplied(live: KubeObject | undefined, next: KubeObject, applied: KubeObject): KubeObject {
  if (live?.metadata.annotations?.[LAST_APPLIED] === undefined) return next;
  const annotations = { ...next.metadata.annotations, [LAST_APPLIED]: `${JSON.stringify(bare(applied))}\n` };
  return { ...next, metadata: { ...next.metadata, annotations } };
}

function bare(applied: KubeObject): KubeObject {
  const { managedFields: _, annotations = {}, ...metadata } = applied.metadata;
  const { [LAST_APPLIED]: __, ...others } = annotations;
  return { ...applied, metadata: { ...metadata, annotations: others } };
}
