import type { Registry } from '../registry.ts';

/** Groups that serve no stored objects: reviews, and what the daemon registers. */
export interface VirtualResource {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  namespaced: boolean;
  verbs: string[];
  /** `virtualmachines/console` → `console` */
  subresources?: string[];
}

export interface DiscoveredResource extends VirtualResource {
  shortNames: string[];
  categories: string[];
  status: boolean;
  extra: { name: string; verbs: string[]; kind?: string; group?: string; version?: string }[];
}

export interface DiscoveredVersion {
  version: string;
  resources: DiscoveredResource[];
}

/** Group name → its versions, the preferred one first. The core group is `''`. */
export type Groups = Map<string, DiscoveredVersion[]>;

/** @param registry whose resources are served beside the virtual ones */
export function discover(registry: Pick<Registry, 'all'>, virtual: readonly VirtualResource[]): Groups {
  const groups: Groups = new Map([['', []]]);
  for (const r of registry.all()) {
    const resource: DiscoveredResource = {
      ...r,
      status: r.subresources.status,
      subresources: [],
      extra: r.resource === 'namespaces' ? [{ name: 'finalize', verbs: ['update'] }] : [],
    };
    add(groups, resource);
  }
  for (const v of virtual) {
    const extra = (v.subresources ?? []).map((name) => ({ name, verbs: ['create', 'get'] }));
    add(groups, { ...v, shortNames: [], categories: [], status: false, extra });
  }
  for (const versions of groups.values()) versions.sort((a, b) => compareVersions(b.version, a.version));
  return groups;
}

function add(groups: Groups, resource: DiscoveredResource): void {
  const versions = groups.get(resource.group) ?? [];
  groups.set(resource.group, versions);
  let version = versions.find((v) => v.version === resource.version);
  if (!version) {
    version = { version: resource.version, resources: [] };
    versions.push(version);
  }
  version.resources.push(resource);
}

const stability: Record<string, number> = { alpha: 0, beta: 1, '': 2 };

/** Kubernetes' order: v2, v1, v1beta2, v1beta1, v1alpha1. Source: k8s.io/apimachinery `version.CompareKubeAwareVersionStrings`. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (const [index, part] of left.entries()) {
    const difference = part - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return b.localeCompare(a);
}

function parse(version: string): number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  return match ? [stability[match[2] ?? ''] ?? 0, Number(match[1]), Number(match[3] ?? 0)] : [-1, 0, 0];
}
