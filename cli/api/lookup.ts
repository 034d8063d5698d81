import type { ApiClient } from '../../schemas/client/client.ts';
import { nearest } from '../argv.ts';
import { usage } from '../errors.ts';
import { objectName, quoted } from '../names.ts';
import { known, type NamedResource, names, OURS, resourceWords } from './resources.ts';

interface ResourceList {
  resources: { name: string; singularName: string; kind: string; namespaced: boolean; shortNames?: string[] }[];
}

interface GroupList {
  groups: { name: string; preferredVersion: { groupVersion: string; version: string } }[];
}

async function served(client: ApiClient, group: string, version: string): Promise<NamedResource[]> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const { resources } = await client.call<ResourceList>('GET', path);
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, singularName, kind, namespaced, shortNames = [] }) => ({
      ...{ group, version, plural: name, namespaced, kind, shortNames },
      singular: singularName || kind.toLowerCase(),
    }));
}

/** All that a server serves, in the preferred version of each group. */
export async function discover(client: ApiClient): Promise<NamedResource[]> {
  const { groups } = await client.call<GroupList>('GET', '/apis');
  const wanted = [['', 'v1'] as const, ...groups.map((it) => [it.name, it.preferredVersion.version] as const)];
  // One aggregated API that is down must not hide the rest.
  const lists = await Promise.allSettled(wanted.map(([group, version]) => served(client, group, version)));
  return lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []));
}

/** The resource that a word names. @throws Failure (usage) */
export async function resolveResource(client: ApiClient, word: string): Promise<NamedResource> {
  const found = known(word) ?? (await discover(client)).find((resource) => names(resource, word));
  if (found) return found;
  const meant = nearest(word.toLowerCase(), resourceWords());
  throw usage(
    `${quoted(word)} is not a resource that this API has`,
    meant ? `did you mean: ${meant}` : 'see: kubectl api-resources',
  );
}

/** What a command line asks for: a resource and the names of objects, none meaning all. */
export interface Selection {
  readonly resource: NamedResource;
  readonly names: readonly string[];
}

function slashed(words: readonly string[]): Map<string, string[]> {
  const byResource = new Map<string, string[]>();
  for (const word of words) {
    const slash = word.indexOf('/');
    if (slash === -1)
      throw usage('names with and without a resource are mixed', 'write all of them as RESOURCE/NAME, or none');
    const key = word.slice(0, slash);
    byResource.set(key, [...(byResource.get(key) ?? []), objectName(word.slice(slash + 1))]);
  }
  return byResource;
}

/** `vm`, `vm web db`, `vm,vmd`, `vms`, `vm/web vmd/root`: as kubectl reads them. @throws Failure (usage) */
export async function select(client: ApiClient, words: readonly string[]): Promise<Selection[]> {
  const [first = '', ...rest] = words;
  if (first === '')
    throw usage('which resource?', 'name one, such as: vm, vm/web, disks, snapshots, images, networks, pools');
  if (first.includes('/')) {
    const entries = [...slashed(words)];
    return Promise.all(
      entries.map(async ([word, list]) => ({ resource: await resolveResource(client, word), names: list })),
    );
  }
  const list = rest.map((name) => objectName(name));
  if (first === 'vms') return Object.values(OURS).map((resource) => ({ resource, names: list }));
  return Promise.all(
    first.split(',').map(async (word) => ({ resource: await resolveResource(client, word), names: list })),
  );
}
