import { isDeepStrictEqual } from 'node:util';
import type { Api } from '../call.ts';
import { decode } from '../codec.ts';
import type { Served } from '../registry.ts';
import { forbidden, notFound } from '../status-error.ts';
import type { Row } from '../store/objects.ts';
import { namespaceFinalizers } from '../strategies/namespace.ts';
import { timestamp } from '../time.ts';
import type { KubeObject } from '../types.ts';
import { deleteAll } from './crds.ts';
import { writeObject } from './write.ts';

const storage = 'namespaces';
const namespaces = { group: '', plural: 'namespaces' };

/** The namespaces that every cluster has. */
export const initialNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Refuses a new object where its namespace is absent or going. Source: the NamespaceLifecycle admission plug-in. */
export function requireLiveNamespace({ store }: Api, served: Served, { metadata }: KubeObject): void {
  if (!served.namespaced) return;
  const name = metadata.namespace ?? '';
  const row = store.objects.get(storage, '', name);
  if (!row) throw notFound(namespaces, name);
  const namespace = JSON.parse(row.data) as KubeObject;
  if (!namespace.metadata.deletionTimestamp) return;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${name} is being terminated`,
    field: 'metadata.namespace',
  };
  const why = `unable to create new content in namespace ${name} because it is being terminated`;
  throw forbidden(served, metadata.name, why, [cause]);
}

/** Empties the namespaces that are being deleted, and lets each go when nothing is left in it. */
export function sweepNamespaces(api: Api): void {
  const served = api.registry.byStorage(storage);
  if (!served) return;
  for (const row of api.store.objects.marked(storage)) {
    const namespace = decode(served, row);
    if (namespace.metadata.deletionTimestamp) empty(api, served, row, namespace);
  }
}

function empty(api: Api, served: Served, row: Row, namespace: KubeObject): void {
  const resources = api.registry.stored().filter((r) => r.namespaced);
  const remaining = resources
    .map((resource) => ({ resource, count: deleteAll(api, resource, row.name) }))
    .filter(({ count }) => count > 0);
  const next = structuredClone(namespace);
  if (remaining.length === 0) {
    next['spec'] = { finalizers: namespaceFinalizers(next).filter((name) => name !== 'kubernetes') };
  }
  next['status'] = { phase: 'Terminating', conditions: conditions(api, row.name, remaining, namespace) };
  if (!isDeepStrictEqual(next, namespace)) writeObject(api, served, row, next);
}

interface Remaining {
  resource: Served;
  count: number;
}

interface Condition {
  type: string;
  status: string;
  lastTransitionTime: string;
  reason: string;
  message: string;
}

/** Source: k8s.io/kubernetes `pkg/controller/namespace/deletion/status_condition_utils.go`. */
function conditions(api: Api, name: string, remaining: Remaining[], namespace: KubeObject): Condition[] {
  const { conditions: before = [] } = (namespace['status'] ?? {}) as { conditions?: Condition[] };
  const content = remaining
    .map(({ resource, count }) => `${resource.resource} has ${count} resource instances`)
    .join(', ');
  const held = remaining.length > 0 ? finalizerCounts(api, name, remaining) : '';
  const rows: [type: string, message: string, reason: string, ok: string, okMessage: string][] = [
    ['NamespaceDeletionDiscoveryFailure', '', '', 'ResourcesDiscovered', 'All resources successfully discovered'],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      '',
      '',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    [
      'NamespaceDeletionContentFailure',
      '',
      '',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ],
    [
      'NamespaceContentRemaining',
      content && `Some resources are remaining: ${content}`,
      'SomeResourcesRemain',
      'ContentRemoved',
      'All content successfully removed',
    ],
    [
      'NamespaceFinalizersRemaining',
      held && `Some content in the namespace has finalizers remaining: ${held}`,
      'SomeFinalizersRemain',
      'ContentHasNoFinalizers',
      'All content-preserving finalizers finished',
    ],
  ];
  return rows.map(([type, message, reason, ok, okMessage]) => {
    const status = message ? 'True' : 'False';
    const old = before.find((c) => c.type === type && c.status === status);
    const lastTransitionTime = old?.lastTransitionTime ?? timestamp(api.now());
    return { type, status, lastTransitionTime, reason: message ? reason : ok, message: message || okMessage };
  });
}

function finalizerCounts({ store }: Api, namespace: string, remaining: Remaining[]): string {
  const counts = new Map<string, number>();
  for (const { resource } of remaining) {
    const scope = { resource: resource.storage, namespace, at: Number.MAX_SAFE_INTEGER, limit: 1000 };
    for (const row of store.objects.page({ ...scope, after: { namespace: '', name: '' } })) {
      const { metadata } = JSON.parse(row.data) as KubeObject;
      for (const finalizer of metadata.finalizers ?? []) counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
    }
  }
  return [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).join(', ');
}
