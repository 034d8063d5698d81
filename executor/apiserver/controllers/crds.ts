import type { Api } from '../call.ts';
import { decode } from '../codec.ts';
import type { Registry, Served } from '../registry.ts';
import type { Store } from '../store/store.ts';
import { type Crd, crdFinalizer, isDeleting } from '../strategies/crd.ts';
import type { KubeObject } from '../types.ts';
import { deleteRow } from '../verbs/delete.ts';
import { writeObject } from './write.ts';

export const crdResource = 'customresourcedefinitions.apiextensions.k8s.io';

/** Keeps what is served in step with the stored CRDs. */
export function followCrds(store: Store, registry: Registry): () => void {
  let cursor = 0;
  const refresh = () => {
    if (cursor === 0) for (const crd of storedCrds(store)) registry.setCrd(crd);
    const rows =
      cursor === 0
        ? []
        : store.log.since({ resource: crdResource, after: cursor, until: store.committed, limit: 1000 });
    for (const row of rows) {
      if (row.type === 'DELETED') registry.removeCrd(row.name);
      else registry.setCrd(JSON.parse(row.data) as KubeObject);
    }
    cursor = store.committed;
  };
  refresh();
  return store.subscribe((resource) => {
    if (resource === crdResource) refresh();
  });
}

const storedCrds = (store: Store): Crd[] => rowsOf(store).map((row) => JSON.parse(row.data) as Crd);

const rowsOf = (store: Store) =>
  store.objects.page({ resource: crdResource, at: store.committed, after: { namespace: '', name: '' }, limit: 1000 });

/** Deletes the objects of CRDs that are being deleted, and lets each CRD go when its last object is gone. */
export function sweepCrds(api: Api): void {
  const served = api.registry.byStorage(crdResource);
  if (!served || !api.registry.anyTerminating()) return;
  for (const row of rowsOf(api.store)) {
    const crd = decode(served, row);
    if (!isDeleting(crd) || !crd.metadata.finalizers?.includes(crdFinalizer)) continue;
    const instances = api.registry.byStorage(crd.metadata.name);
    if (instances && deleteAll(api, instances) > 0) continue;
    crd.metadata.finalizers = crd.metadata.finalizers.filter((name) => name !== crdFinalizer);
    writeObject(api, served, row, crd);
  }
}

/** Deletes every object of a resource, or of one namespace. @returns how many still wait for a finalizer */
export function deleteAll(api: Api, served: Served, namespace?: string): number {
  let remaining = 0;
  let after = { namespace: '', name: '' };
  for (;;) {
    const page = { resource: served.storage, namespace, at: Number.MAX_SAFE_INTEGER, after, limit: 100 };
    const rows = api.store.objects.page(page);
    for (const row of rows) {
      if (deleteRow(api, served, row, { propagation: 'Background' })) remaining++;
    }
    const last = rows.at(-1);
    if (!last) return remaining;
    after = { namespace: last.namespace, name: last.name };
  }
}
