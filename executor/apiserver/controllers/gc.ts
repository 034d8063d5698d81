import type { OwnerReference } from '../../../schemas/types/object.ts';
import type { Api } from '../call.ts';
import { decode } from '../codec.ts';
import type { Served } from '../registry.ts';
import type { Row } from '../store/objects.ts';
import type { KubeObject } from '../types.ts';
import { deleteRow, type Propagation } from '../verbs/delete.ts';
import { writeObject } from './write.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

/** Objects that a collector's finalizer holds. Filled from the store at start, then by deletions. */
export class Waiting {
  readonly #uids = new Set<string>();

  constructor(uids: Iterable<string>) {
    for (const uid of uids) this.#uids.add(uid);
  }

  add(uid: string): void {
    this.#uids.add(uid);
  }

  /** Each uid once; those for which `work` answers true are done with. */
  settle(work: (uid: string) => boolean): void {
    for (const uid of [...this.#uids]) if (work(uid)) this.#uids.delete(uid);
  }
}

/**
 * Deletes what has lost all its owners, and finishes deletions that concern dependents. Level-based: it looks at what
 * is there, so it does not matter what it missed.
 */
export function collectGarbage(api: Api, waiting: Waiting): void {
  waiting.settle((uid) => finish(api, uid));
  for (const owner of api.store.objects.absentOwners()) {
    for (const row of api.store.objects.dependents(owner)) collect(api, row);
  }
}

/** @returns whether nothing is left to do for this object */
function finish(api: Api, uid: string): boolean {
  const row = api.store.objects.byUid(uid);
  const served = row && api.registry.byStorage(row.resource);
  if (!row || !served) return true;
  const object = decode(served, row);
  const { finalizers = [], deletionTimestamp } = object.metadata;
  if (!deletionTimestamp) return true;
  const ours = finalizers.find((name) => name === foreground || name === orphan);
  if (!ours) return true;
  const dependents = api.store.objects.dependents(uid);
  if (ours === orphan) for (const dependent of dependents) disown(api, dependent, [uid]);
  else if (blocked(api, uid, dependents)) return false;
  object.metadata.finalizers = finalizers.filter((name) => name !== ours);
  writeObject(api, served, row, object);
  return true;
}

/** Deletes the dependents; says whether any of them must be gone first and is not. */
function blocked(api: Api, uid: string, dependents: Row[]): boolean {
  let waits = false;
  for (const row of dependents) {
    const served = api.registry.byStorage(row.resource);
    if (!served) continue;
    const object = decode(served, row);
    const isBlocking = object.metadata.ownerReferences?.some((o) => o.uid === uid && o.blockOwnerDeletion === true);
    const remains = object.metadata.deletionTimestamp
      ? true
      : deleteRow(api, served, row, { propagation: propagationFor(object) }) !== undefined;
    if (remains && isBlocking) waits = true;
  }
  return waits;
}

/** A policy that its own finalizers chose before stays. */
function propagationFor({ metadata }: KubeObject): Propagation {
  return metadata.finalizers?.includes(orphan) ? 'Orphan' : 'Foreground';
}

/** Deletes an object whose owners are all gone; of one that has others left, forgets those that are gone. */
function collect(api: Api, row: Row): void {
  const served = api.registry.byStorage(row.resource);
  if (!served) return;
  const object = decode(served, row);
  const owners = object.metadata.ownerReferences ?? [];
  const absent = owners.filter((owner) => isAbsent(api, served, row, owner));
  if (absent.length === 0) return;
  if (absent.length < owners.length) {
    const uids = absent.map((owner) => owner.uid);
    disown(api, row, uids);
    return;
  }
  if (!object.metadata.deletionTimestamp) deleteRow(api, served, row, { propagation: 'Background', uid: row.uid });
}

/** An owner of a kind that this server does not know may live elsewhere: it counts as there. */
function isAbsent({ registry, store }: Api, dependent: Served, row: Row, owner: OwnerReference): boolean {
  const [version = '', group = ''] = owner.apiVersion.split('/').reverse();
  const kind = registry.byKind(group, version, owner.kind);
  if (!kind || (kind.namespaced && !dependent.namespaced)) return false;
  const found = store.objects.get(kind.storage, kind.namespaced ? row.namespace : '', owner.name);
  return found?.uid !== owner.uid;
}

function disown(api: Api, row: Row, uids: string[]): void {
  const served = api.registry.byStorage(row.resource);
  if (!served) return;
  const object = decode(served, row);
  const kept = (object.metadata.ownerReferences ?? []).filter((owner) => !uids.includes(owner.uid));
  if (kept.length > 0) object.metadata.ownerReferences = kept;
  else delete object.metadata.ownerReferences;
  writeObject(api, served, row, object);
}
