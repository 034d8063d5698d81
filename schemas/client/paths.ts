import { GROUP, VERSION } from '../kinds/define.ts';
import type { KindNames } from '../kinds/names.ts';

/** A resource of the API: enough to make its URLs. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** One of our kinds as a resource of the API. */
export const resourceOf = (kind: KindNames): ResourceType => ({
  group: GROUP,
  version: VERSION,
  plural: kind.plural,
  namespaced: kind.scope === 'Namespaced',
});

export const core = (plural: string, namespaced = true): ResourceType => ({
  group: '',
  version: 'v1',
  plural,
  namespaced,
});

export interface Target {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** `/apis/vmctl.dev/v1alpha1/namespaces/default/virtualmachines/web/status` */
export function resourcePath(type: ResourceType, target: Target = {}): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope =
    type.namespaced && target.namespace !== undefined ? `/namespaces/${encodeURIComponent(target.namespace)}` : '';
  const name = target.name === undefined ? '' : `/${encodeURIComponent(target.name)}`;
  return `${root}${scope}/${type.plural}${name}${target.subresource === undefined ? '' : `/${target.subresource}`}`;
}

/** A query string with its question mark; undefined values are left out. */
export function queryString(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const entries = Object.entries(query).filter((entry) => entry[1] !== undefined);
  if (entries.length === 0) return '';
  return `?${new URLSearchParams(entries.map(([key, value]): [string, string] => [key, String(value)]))}`;
}
