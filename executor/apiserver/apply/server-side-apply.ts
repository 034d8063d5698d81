import { equal } from '../schema/json.ts';
import type { JsonSchema, KubeObject } from '../types.ts';
import { type Conflict, conflictsOf } from './conflicts.ts';
import { fieldElement } from './fields/element.ts';
import { emptySet, type FieldSet, recursiveDifference, setOf } from './fields/set.ts';
import { lastAppliedClaims, refreshLastApplied } from './last-applied.ts';
import { decodeManagers, encodeManagers, identityKey, type Managed, type Managers } from './managers/managed.ts';
import { claimsOf, yieldFields } from './managers/reconcile.ts';
import { stripServerFields } from './managers/strip.ts';
import { pruneUnclaimed } from './prune-unclaimed.ts';
import { withManagedFields, withoutManagedFields } from './strip-object.ts';
import { takeChanges } from './track-update.ts';
import { rootSchema } from './typed/atom.ts';
import { compare } from './typed/compare.ts';
import { fieldSetOf } from './typed/field-set.ts';
import { mergeValues } from './typed/merge.ts';
import { dropEmptied } from './typed/remove.ts';

export interface ApplyRequest {
  /** The stored object; absent where there is none yet. */
  live?: KubeObject;
  /** The applied configuration, without managedFields. */
  applied: KubeObject;
  manager: string;
  /** Takes fields that others manage over. */
  force: boolean;
  subresource?: string;
  /** Top-level fields that this endpoint does not set: `status`, where it has an endpoint of its own. */
  ignoredFields?: readonly string[];
  /** Schema of the whole object. */
  schema: JsonSchema;
  /** RFC 3339, whole seconds */
  now: string;
}

export type ApplyResult = { object: KubeObject } | { conflicts: Conflict[] };

/** Manager of what an object had before anybody applied. */
const BEFORE_FIRST_APPLY = 'before-first-apply';
/** The manager for which kubectl's client-side apply is upgraded. */
const KUBECTL = 'kubectl';

/**
 * Merges an applied configuration into the live object, with the semantics of structured-merge-diff: the applier owns
 * what it applies, what it no longer applies and nobody else owns is removed, and what others own is a conflict where
 * the value differs, unless forced.
 */
export function serverSideApply(request: ApplyRequest): ApplyResult {
  const result = attempt(request, request.force);
  if ('object' in result || request.manager !== KUBECTL) return result;
  const allowed = lastAppliedClaims(request.live, request.schema);
  const conflicts = result.conflicts.filter(({ field }) => !allowed.has(field));
  return conflicts.length > 0 ? { conflicts } : attempt(request, true);
}

function attempt(request: ApplyRequest, force: boolean): ApplyResult {
  const { live, manager, schema, now } = request;
  const root = rootSchema(schema);
  const before = live ? withoutManagedFields(live) : ({} as KubeObject);
  const managers = startingManagers(live, schema, now);
  const self = ownEntry(request);
  const key = identityKey(self);
  const last = managers.get(key);
  managers.set(key, self);
  const merged = mergeValues(before, sanitised(request), root);
  const pruned = pruneUnclaimed(merged, managers, last, root);
  const comparison = compare(before, pruned, root);
  const claims = claimsOf(managers, key, comparison);
  if (!force && claims.length > 0) return { conflicts: conflictsOf(claims) };
  yieldFields(managers, key, comparison);
  stripServerFields(managers);
  const next = dropEmptied(pruned) as KubeObject;
  // Who changes nothing has no time, or keeps that of the last change.
  const time = equal(before, next) ? last?.time : now;
  const entry = managers.get(key);
  if (entry && time !== undefined) entry.time = time;
  const object = manager === KUBECTL ? refreshLastApplied(next, request.applied) : next;
  return { object: withManagedFields(object, encodeManagers(managers)) };
}

function startingManagers(live: KubeObject | undefined, schema: JsonSchema, now: string): Managers {
  const managers = decodeManagers(live?.metadata.managedFields) ?? new Map();
  if (managers.size > 0 || !live) return managers;
  const set = takeChanges(managers, undefined, live, schema);
  const entry: Managed = {
    manager: BEFORE_FIRST_APPLY,
    operation: 'Update',
    apiVersion: live.apiVersion,
    set,
    time: now,
  };
  managers.set(identityKey(entry), entry);
  return managers;
}

function ownEntry({ applied, manager, subresource, ignoredFields, schema }: ApplyRequest): Managed {
  const claimed = fieldSetOf(withoutManagedFields(applied), rootSchema(schema));
  return {
    manager,
    operation: 'Apply',
    apiVersion: applied.apiVersion,
    ...(subresource && { subresource }),
    set: recursiveDifference(claimed, ignored(applied, subresource, ignoredFields)),
  };
}

/** A subresource's endpoint sets the field of its name alone. */
function ignored(applied: KubeObject, subresource: string | undefined, fields: readonly string[] = []): FieldSet {
  if (!subresource) return fields.length === 0 ? emptySet() : setOf(...fields.map((field) => [fieldElement(field)]));
  const others = Object.keys(applied).filter((field) => field !== subresource && !HEAD.has(field));
  return setOf([fieldElement('metadata')], ...others.map((field) => [fieldElement(field)]));
}

const HEAD = new Set(['apiVersion', 'kind']);

function sanitised({ applied, subresource, ignoredFields = [] }: ApplyRequest): KubeObject {
  const kept = Object.entries(withoutManagedFields(applied)).filter(([field]) => {
    if (field === 'metadata' || HEAD.has(field)) return true;
    return subresource ? field === subresource : !ignoredFields.includes(field);
  });
  return Object.fromEntries(kept) as KubeObject;
}
