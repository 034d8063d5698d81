import type { DiscoveredResource, Groups } from './groups.ts';

/** An APIGroupDiscoveryList: `/api` holds the core group alone, `/apis` all others. */
export function aggregated(groups: Groups, core: boolean, version: string): object {
  const names = [...groups.keys()].filter((name) => (name === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: names.map((name) => groupDiscovery(name, groups)),
  };
}

function groupDiscovery(name: string, groups: Groups): object {
  const versions = (groups.get(name) ?? []).map(({ version, resources }) => ({
    version,
    resources: resources.map(resourceDiscovery),
    freshness: 'Current',
  }));
  return { metadata: { creationTimestamp: null, ...(name && { name }) }, versions };
}

function resourceDiscovery(r: DiscoveredResource): object {
  const subresources = subresourcesOf(r);
  return {
    resource: r.plural,
    responseKind: { group: r.group, version: r.version, kind: r.kind },
    scope: r.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: r.singular,
    verbs: r.verbs,
    ...(r.shortNames.length > 0 && { shortNames: r.shortNames }),
    ...(r.categories.length > 0 && { categories: r.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

export const statusVerbs = ['get', 'patch', 'update'];

function subresourcesOf(r: DiscoveredResource): object[] {
  const responseKind = { group: r.group, version: r.version, kind: r.kind };
  const status = r.status ? [{ subresource: 'status', responseKind, verbs: statusVerbs }] : [];
  return [...status, ...r.extra.map(({ name, verbs }) => ({ subresource: name, responseKind, verbs }))];
}
