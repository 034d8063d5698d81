import { isObject } from '../schema/json.ts';
import type { JsonSchema, KubeObject, ManagedFieldsEntry } from '../types.ts';
import { type FieldSet, isEmpty, union } from './fields/set.ts';
import { capUpdaters } from './managers/cap.ts';
import { decodeManagers, encodeManagers, identityKey, type Managed, type Managers } from './managers/managed.ts';
import { yieldFields } from './managers/reconcile.ts';
import { stripServerFields } from './managers/strip.ts';
import { withManagedFields, withoutManagedFields } from './strip-object.ts';
import { rootSchema } from './typed/atom.ts';
import { compare } from './typed/compare.ts';

export interface UpdateRequest {
  /** The stored object; absent on creation. */
  live?: KubeObject;
  /** The object to be stored, defaulted. Its managedFields, if it has any, are what the client wants them to be. */
  updated: KubeObject;
  manager: string;
  subresource?: string;
  /** Schema of the whole object. */
  schema: JsonSchema;
  /** RFC 3339, whole seconds */
  now: string;
}

/** The updated object with the managed fields that follow from the update, as the API server's field manager does. */
export function trackUpdate(request: UpdateRequest): KubeObject {
  const { live, updated, manager, subresource, schema, now } = request;
  const managers = startingManagers(request);
  // Whoever reset the managed fields of an object is not tracked until somebody applies.
  if (managers.size === 0 && live?.metadata.uid) return withoutManagedFields(updated);
  const changed = takeChanges(managers, live, updated, schema);
  stripServerFields(managers);
  const own = { set: changed };
  const wrapped: Managers = new Map([['', { ...head(updated, manager, subresource), ...own }]]);
  stripServerFields(wrapped);
  const taken = wrapped.get('');
  if (taken && !isEmpty(taken.set)) addManager(managers, { ...taken, time: now });
  capUpdaters(managers);
  return withManagedFields(updated, encodeManagers(managers));
}

function head({ apiVersion }: KubeObject, manager: string, subresource: string | undefined): Omit<Managed, 'set'> {
  return { manager, operation: 'Update', apiVersion, ...(subresource && { subresource }) };
}

function addManager(managers: Managers, managed: Managed): void {
  const key = identityKey(managed);
  const previous = managers.get(key);
  managers.set(key, previous ? { ...managed, set: union(previous.set, managed.set) } : managed);
}

/** Gives the fields that the change sets or removes up, for all managers; answers those that it sets. */
export function takeChanges(
  managers: Managers,
  live: KubeObject | undefined,
  updated: KubeObject,
  schema: JsonSchema,
): FieldSet {
  const before = live ? withoutManagedFields(live) : {};
  const comparison = compare(before, withoutManagedFields(updated), rootSchema(schema));
  yieldFields(managers, '', comparison);
  return union(comparison.modified, comparison.added);
}

/** What the client sent, where it can be read and has anything; else what is stored. `[{}]` resets. */
function startingManagers({ live, updated, subresource }: UpdateRequest): Managers {
  const stored = decodeManagers(live?.metadata.managedFields) ?? new Map();
  if (subresource) return stored;
  const sent = updated.metadata.managedFields;
  if (isReset(sent)) return new Map();
  const managers = decodeManagers(sent);
  return managers && managers.size > 0 ? managers : stored;
}

function isReset(entries: ManagedFieldsEntry[] | undefined): boolean {
  return entries?.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0;
}
