import { createHash } from 'node:crypto';
import type { Api } from './call.ts';
import { decode } from './codec.ts';
import { crdResource } from './controllers/crds.ts';
import { initialNamespaces } from './controllers/namespaces.ts';
import { goJson } from './go-json.ts';
import { newObject } from './new-object.ts';
import type { Served } from './registry.ts';
import { invalid } from './status-error.ts';
import { crdStrategy } from './strategies/crd.ts';
import { namespaceStrategy } from './strategies/namespace.ts';
import type { KubeObject } from './types.ts';

/** Makes what every API has from its first start. */
export function createNamespaces(api: Api): void {
  const served = api.registry.byStorage('namespaces');
  if (!served) return;
  for (const name of initialNamespaces) {
    if (api.store.objects.get('namespaces', '', name)) continue;
    insert(api, served, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, namespaceStrategy.prepareCreate);
  }
}

/**
 * Installs the CRDs that this program brings, and replaces those of an earlier version of it. What a person changed
 * since stays as it is until the program's own definition changes.
 * @throws StatusError 422 when one of them is wrong
 */
export function installCrds(api: Api, crds: readonly KubeObject[]): void {
  const served = api.registry.byStorage(crdResource);
  if (!served) return;
  for (const crd of crds) {
    const { name } = crd.metadata;
    const digest = createHash('sha256').update(JSON.stringify(crd)).digest('hex');
    const isKnown = api.store.setting(`crd:${name}`) === digest;
    if (isKnown && api.store.objects.get(crdResource, '', name)) continue;
    install(api, served, asApplied(crd));
    api.store.setSetting(`crd:${name}`, digest);
  }
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** A definition as `kubectl apply` would have made it, so that who applies the same file finds it unchanged. */
function asApplied(crd: KubeObject): KubeObject {
  const { annotations = {} } = crd.metadata;
  const configuration = { ...crd, metadata: { ...crd.metadata, annotations } };
  const text = `${goJson(configuration)}\n`;
  return {
    ...structuredClone(crd),
    metadata: { ...crd.metadata, annotations: { ...annotations, [lastApplied]: text } },
  };
}

function install(api: Api, served: Served, crd: KubeObject): void {
  const { name } = crd.metadata;
  const row = api.store.objects.get(crdResource, '', name);
  if (!row) {
    insert(api, served, crd, crdStrategy.prepareCreate);
    return;
  }
  const live = decode(served, row);
  const annotations = { ...live.metadata.annotations, ...crd.metadata.annotations };
  const next: KubeObject = { ...live, metadata: { ...live.metadata, annotations }, spec: crd['spec'] };
  next.metadata.generation = (live.metadata.generation ?? 0) + 1;
  crdStrategy.prepareUpdate?.(next, live);
  check(served, next);
  api.store.write({ type: 'MODIFIED', resource: crdResource, schema: served.revision, object: next, prev: row });
}

function insert(api: Api, served: Served, object: KubeObject, prepare: typeof crdStrategy.prepareCreate): void {
  const now = api.now();
  const created = newObject(object, now);
  served.compiled.default(created);
  prepare?.(created, now);
  check(served, created);
  api.store.write({
    type: 'ADDED',
    resource: served.storage,
    schema: served.revision,
    object: created,
    prev: undefined,
  });
}

function check(served: Served, object: KubeObject): void {
  const isCrd = served.resource === crdResource;
  const errors = [...served.compiled.validate(object), ...((isCrd && crdStrategy.validate?.(object)) || [])];
  if (errors.length > 0) throw invalid(served, object.metadata.name, errors);
}
