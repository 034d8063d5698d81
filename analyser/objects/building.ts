import type { Kind } from '../../schemas/kinds/index.ts';
import type { DomainDraft } from '../elements/draft.ts';
import type { Manifest, SpecOf } from './manifest.ts';
import { manifest } from './manifest.ts';

/** How a person wants a machine taken over. */
export interface ImportOptions {
  /** Name of the machine in place of libvirt's. */
  readonly name?: string;
  readonly namespace?: string;
  /** Pool for the images and disks that are made; `default` where nothing is given. */
  readonly pool?: string;
  /** VirtualMachineNetwork for a network, a bridge or `user` of libvirt's, by its name there. */
  readonly networks?: Readonly<Record<string, string>>;
  /** Keep what is not supported for export, without effect, rather than refuse it. */
  readonly keepUnsupported?: boolean;
  /** Machine that a snapshot is of, where its XML does not say it. */
  readonly machine?: string;
  /** Where the XML came from, said in errors. */
  readonly source?: string;
}

/** Something wrong that only several leaves together show: at a leaf or the element above it, or in a field. */
export type Fault = ({ readonly xpath: string } | { readonly field: string }) & {
  readonly reason: string;
  /** libvirt itself refuses it. */
  readonly invalid?: true;
};

/** What is made of one domain beside its machine. */
export interface Building {
  readonly draft: DomainDraft;
  readonly options: ImportOptions;
  /** Kubernetes name of the machine. */
  readonly name: string;
  readonly faults: Fault[];
  readonly objects: Manifest[];
  /** Names in libvirt by `kind/name` of ours, where they differ. */
  readonly names: Record<string, string>;
}

/** Adds an object unless one of its kind and name is there. */
export function addObject<K extends Kind>(
  building: Building,
  kind: K,
  name: string,
  spec: SpecOf<K>,
  scope: 'Namespaced' | 'Cluster',
): void {
  if (building.objects.some((one) => one.kind === kind && one.metadata.name === name)) return;
  const { namespace } = building.options;
  const place = namespace !== undefined && scope === 'Namespaced' ? { namespace } : {};
  building.objects.push(manifest(kind, { name, ...place }, spec) as Manifest);
}
