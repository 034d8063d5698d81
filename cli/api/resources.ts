import { type ResourceType, resourceOf } from '../../schemas/client/paths.ts';
import { type Kind, type KindNames, kindNames } from '../../schemas/kinds/names.ts';
import { own } from '../own.ts';

/** A resource as a person names it. */
export interface NamedResource extends ResourceType {
  readonly kind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
}

const ours = (names: KindNames): NamedResource => ({
  ...resourceOf(names),
  ...{ kind: names.kind, singular: names.kind.toLowerCase(), shortNames: names.shortNames },
});

/** The six kinds as a person names them. */
export const OURS = Object.fromEntries(
  Object.entries(kindNames).map(([kind, names]) => [kind, ours(names)]),
) as Readonly<Record<Kind, NamedResource>>;

const builtin = (kind: string, plural: string, shortNames: readonly string[], namespaced = true): NamedResource => ({
  ...{ group: '', version: 'v1', plural, namespaced, kind, singular: kind.toLowerCase(), shortNames },
});

export const EVENTS = builtin('Event', 'events', ['ev']);

/** Resources of every cluster that vmctl's users meet; others are asked of the server. */
const BUILTIN: readonly NamedResource[] = [
  EVENTS,
  builtin('Namespace', 'namespaces', ['ns'], false),
  builtin('Node', 'nodes', ['no'], false),
  builtin('Secret', 'secrets', []),
  builtin('ConfigMap', 'configmaps', ['cm']),
];

const KNOWN: readonly NamedResource[] = [...Object.values(OURS), ...BUILTIN];

/** What people call them who have not learnt the short names. */
const COLLOQUIAL: Readonly<Record<string, NamedResource>> = {
  disk: OURS.VirtualMachineDisk,
  disks: OURS.VirtualMachineDisk,
  snapshot: OURS.VirtualMachineSnapshot,
  snapshots: OURS.VirtualMachineSnapshot,
  image: OURS.VirtualMachineImage,
  images: OURS.VirtualMachineImage,
  network: OURS.VirtualMachineNetwork,
  networks: OURS.VirtualMachineNetwork,
  pool: OURS.VirtualMachineStoragePool,
  pools: OURS.VirtualMachineStoragePool,
};

/** True where `word` names `resource`: plural, singular, short name, with or without version and group. */
export function names(resource: NamedResource, word: string): boolean {
  const [name = '', ...rest] = word.toLowerCase().split('.');
  const group = rest.join('.');
  const qualified = [resource.group, `${resource.version}.${resource.group}`].includes(group);
  return (group === '' || qualified) && [resource.plural, resource.singular, ...resource.shortNames].includes(name);
}

export const known = (word: string): NamedResource | undefined =>
  KNOWN.find((resource) => names(resource, word)) ?? own(COLLOQUIAL, word.toLowerCase());

/** The names that a completion offers. */
export const resourceWords = (): string[] => KNOWN.flatMap(({ plural, shortNames }) => [plural, ...shortNames]);

export const knownKind = (apiVersion: string, kind: string): NamedResource | undefined =>
  KNOWN.find((it) => it.kind === kind && apiVersion === (it.group === '' ? it.version : `${it.group}/${it.version}`));

/** `virtualmachine.vmctl.dev/web`, as kubectl prints it. */
export const displayName = (resource: NamedResource, name: string): string =>
  `${resource.singular}${resource.group === '' ? '' : `.${resource.group}`}/${name}`;
