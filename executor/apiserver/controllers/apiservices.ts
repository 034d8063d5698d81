import type { Api } from '../call.ts';
import { newObject } from '../new-object.ts';
import type { Served } from '../registry.ts';
import { timestamp } from '../time.ts';
import type { KubeObject } from '../types.ts';

const storage = 'apiservices.apiregistration.k8s.io';

/** Keeps one APIService for each group and version that is served, as an aggregating API server does. */
export class ApiServices {
  #generation = -1;

  sweep(api: Api): void {
    const { registry, store } = api;
    const served = registry.byStorage(storage);
    if (!served || this.#generation === registry.generation) return;
    this.#generation = registry.generation;
    const wanted = new Map(registry.all().map((r) => [`${r.version}.${r.group}`, r]));
    const all = { resource: storage, at: Number.MAX_SAFE_INTEGER, after: { namespace: '', name: '' }, limit: 1000 };
    for (const row of store.objects.page(all)) {
      if (wanted.delete(row.name)) continue;
      const object = JSON.parse(row.data) as KubeObject;
      store.write({ type: 'DELETED', resource: storage, schema: served.revision, object, prev: row });
    }
    for (const [name, resource] of wanted) {
      const object = apiService(name, resource, api.now());
      store.write({ type: 'ADDED', resource: storage, schema: served.revision, object, prev: undefined });
    }
  }
}

function apiService(name: string, { group, version, builtin }: Served, now: Date): KubeObject {
  const message = 'Local APIServices are always available';
  const available = { type: 'Available', status: 'True', lastTransitionTime: timestamp(now), reason: 'Local', message };
  const object = {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name, labels: { 'kube-aggregator.kubernetes.io/automanaged': builtin ? 'onstart' : 'true' } },
    // The priorities that kube-apiserver gives its core group, and its CRD groups.
    spec: { ...(group && { group }), version, groupPriorityMinimum: group ? 1000 : 18000, versionPriority: 100 },
    status: { conditions: [available] },
  };
  return newObject(object, now);
}
