import { forbidden } from '../status-error.ts';
import { timestamp } from '../time.ts';
import type { KubeObject } from '../types.ts';
import type { Strategy } from './strategy.ts';

const namespaces = { group: '', plural: 'namespaces' };

/** Source: the NamespaceLifecycle admission plug-in. */
const immortal = new Set(['default', 'kube-system', 'kube-public']);

/** A namespace's own kind of finalizer, in its spec. */
export const namespaceFinalizers = (object: KubeObject): string[] => {
  const { finalizers = [] } = (object['spec'] ?? {}) as { finalizers?: string[] };
  return finalizers;
};

/** Source: k8s.io/kubernetes `pkg/registry/core/namespace/strategy.go`. */
export const namespaceStrategy: Strategy = {
  plainName: true,
  prepareCreate(object) {
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name ?? '' };
    object['spec'] = { finalizers: [...new Set([...namespaceFinalizers(object), 'kubernetes'])] };
    object['status'] = { phase: 'Active' };
  },
  prepareUpdate(next, live) {
    next.metadata.labels = { ...next.metadata.labels, 'kubernetes.io/metadata.name': next.metadata.name };
    next['spec'] = live['spec'];
    next['status'] = live['status'];
  },
  subresources: {
    finalize: (wanted, live) => ({
      ...live,
      spec: { ...(live['spec'] as object), finalizers: namespaceFinalizers(wanted) },
    }),
  },
  checkDelete({ metadata }) {
    if (immortal.has(metadata.name)) throw forbidden(namespaces, metadata.name, 'this namespace may not be deleted');
  },
  // Without a grace period, which what other kinds are given says is over.
  prepareDelete(object, now) {
    object['status'] = { ...(object['status'] as object | undefined), phase: 'Terminating' };
    object.metadata.deletionTimestamp ??= timestamp(now);
  },
  holds: (object) => namespaceFinalizers(object).length > 0,
};
