import type { ManagedFieldsEntry } from '../../types.ts';
import { type FieldSet, isEmpty } from '../fields/set.ts';
import { decodeFields, encodeFields } from '../fields/v1.ts';

/** Who manages, by what operation: all of an entry but its fields and time. */
export interface Identity {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource?: string;
}

export interface Managed extends Identity {
  set: FieldSet;
  time?: string;
}

/** Entries by identity. */
export type Managers = Map<string, Managed>;

/** An applier is the same whatever version it applies. */
export function identityKey({ manager, operation, apiVersion, subresource = '' }: Identity): string {
  return JSON.stringify([operation, manager, operation === 'Apply' ? '' : apiVersion, subresource]);
}

/** Reads `metadata.managedFields`; undefined where an entry cannot be read, as clients may write anything. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  const managers: Managers = new Map();
  try {
    for (const entry of entries ?? []) {
      const managed = decodeEntry(entry);
      managers.set(identityKey(managed), managed);
    }
  } catch {
    return undefined;
  }
  return managers;
}

function decodeEntry({ fieldsV1, fieldsType, ...entry }: ManagedFieldsEntry): Managed {
  if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
    throw new TypeError(`invalid operation type: ${String(entry.operation)}`);
  }
  if (fieldsType !== 'FieldsV1') throw new TypeError(`unsupported fieldsType: ${String(fieldsType)}`);
  return { ...entry, manager: entry.manager ?? '', set: decodeFields(fieldsV1) };
}

/** Entries in the order of the API server: by operation, time, manager, version, subresource; empty ones are left out. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  const kept = [...managers.values()].filter(({ set }) => !isEmpty(set));
  return kept.sort(byOrder).map(encodeEntry);
}

function encodeEntry({ set, subresource, time, manager, operation, apiVersion }: Managed): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFields(set),
    ...(subresource && { subresource }),
  };
}

function byOrder(a: Managed, b: Managed): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource ?? '', b.subresource ?? '')
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
