import type { Kind } from '../../schemas/kinds/index.ts';
import type { ImportOptions } from '../objects/building.ts';
import { ANNOTATIONS, type Manifest, manifest, type SpecOf } from '../objects/manifest.ts';
import { kubernetesName } from '../objects/names.ts';
import { inSchemaOrder } from '../objects/order.ts';
import type { Leaf } from '../report.ts';

/** What every root element has. */
export interface Named {
  name?: string;
  title?: string;
  description?: string;
}

type Scope = 'Namespaced' | 'Cluster';

/** An object with its names; those that libvirt alone has are annotations. */
export function named<K extends Kind>(
  kind: K,
  draft: Named,
  spec: SpecOf<K>,
  { name: chosen, namespace }: ImportOptions,
  scope: Scope,
): Manifest<K> {
  const name = chosen ?? kubernetesName(draft.name ?? '');
  const entries: [string, string | undefined][] = [
    [ANNOTATIONS.name, draft.name === name ? undefined : draft.name],
    [ANNOTATIONS.title, draft.title],
    [ANNOTATIONS.description, draft.description],
  ];
  const annotations = Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, string>;
  const place = namespace !== undefined && scope === 'Namespaced' ? { namespace } : {};
  const own = Object.keys(annotations).length > 0 ? { annotations } : {};
  return inSchemaOrder(manifest(kind, { name, ...place, ...own }, spec) as Manifest) as Manifest<K>;
}

/** The same back. */
export function namesOf({ metadata: { name, annotations = {} } }: Manifest): Named {
  const title = annotations[ANNOTATIONS.title];
  const description = annotations[ANNOTATIONS.description];
  return {
    name: annotations[ANNOTATIONS.name] ?? name,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
  };
}

/** A copy without members that are undefined, for optional fields. */
export const defined = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never;

/** As `defined`, and nothing where nothing is left. */
export function some<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } | undefined {
  const kept = defined(value);
  return Object.keys(kept).length > 0 ? kept : undefined;
}

/** Says of the leaves that became a kind of our own which member of the spec that is. */
export function relabel(report: readonly Leaf[], spec: object): void {
  const [member] = Object.keys(spec);
  if (member === undefined || member === 'external') return;
  for (const leaf of report) if (leaf.field?.startsWith('spec.')) leaf.field = `spec.${member}`;
}
