import { createHash } from 'node:crypto';
import { statusVerbs } from './aggregated.ts';
import type { DiscoveredResource, Groups } from './groups.ts';

/** `/api` */
export const coreVersions = (address: string): object => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
});

/** `/apis` */
export const groupList = (groups: Groups): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: [...groups.keys()].filter((name) => name !== '').map((name) => groupFields(groups, name)),
});

/** `/apis/GROUP` */
export const group = (groups: Groups, name: string): object => ({
  kind: 'APIGroup',
  apiVersion: 'v1',
  ...groupFields(groups, name),
});

function groupFields(groups: Groups, name: string): object {
  const versions = (groups.get(name) ?? []).map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

/** `/api/v1` and `/apis/GROUP/VERSION` */
export const resourceList = (groupVersion: string, resources: readonly DiscoveredResource[]): object => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: resources.flatMap(apiResources),
});

function apiResources(r: DiscoveredResource): object[] {
  const common = { namespaced: r.namespaced, kind: r.kind };
  const main = {
    name: r.plural,
    singularName: r.singular,
    ...common,
    verbs: r.verbs,
    ...(r.shortNames.length > 0 && { shortNames: r.shortNames }),
    ...(r.categories.length > 0 && { categories: r.categories }),
    storageVersionHash: storageHash(r),
  };
  const sub = (name: string, verbs: string[]) => ({ name: `${r.plural}/${name}`, singularName: '', ...common, verbs });
  return [main, ...(r.status ? [sub('status', statusVerbs)] : []), ...r.extra.map((e) => sub(e.name, e.verbs))];
}

const storageHash = ({ group: g, version, kind }: DiscoveredResource): string =>
  createHash('sha256').update(`${g}/${version}/${kind}`).digest('base64').slice(0, 11).concat('=');
