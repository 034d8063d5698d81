import type { DomainDraft } from '../elements/draft.ts';
import { sayAbsent } from './absent.ts';
import { boardFromLibvirt } from './board.ts';
import type { Building, Fault, ImportOptions } from './building.ts';
import { controllersFromLibvirt } from './controllers.ts';
import { cpuFromLibvirt } from './cpu.ts';
import { disksFromLibvirt } from './disks.ts';
import { hostDevicesFromLibvirt } from './host-devices.ts';
import { interfacesFromLibvirt } from './interfaces.ts';
import { lifecycleFromLibvirt } from './lifecycle.ts';
import { ANNOTATIONS, type Manifest, manifest, type SpecOf } from './manifest.ts';
import { memoryFromLibvirt } from './memory.ts';
import { kubernetesName } from './names.ts';
import { inSchemaOrder } from './order.ts';
import { threadsFromLibvirt } from './threads.ts';

export interface Built {
  /** The machine first, then what it names. */
  readonly objects: readonly Manifest[];
  readonly faults: readonly Fault[];
}

/** Makes the objects of one domain. A machine is taken over stopped: the original may still be running. */
export function fromLibvirt(draft: DomainDraft, options: ImportOptions): Built {
  const name = options.name ?? kubernetesName(draft.name ?? '');
  const building: Building = { draft, options, name, faults: [], objects: [], names: {} };
  if (draft.name === undefined) building.faults.push({ xpath: '/domain/name', reason: 'is missing' });
  for (const carry of CARRIERS) carry(building);
  sayAbsent(draft);
  const metadata = {
    name,
    ...(options.namespace !== undefined && { namespace: options.namespace }),
    ...annotations(building),
  };
  const spec = { powerState: 'Stopped', ...draft.spec } as SpecOf<'VirtualMachine'>;
  const objects = [manifest('VirtualMachine', metadata, spec), ...building.objects] as Manifest[];
  return { objects: objects.map(inSchemaOrder), faults: building.faults };
}

const CARRIERS = [
  memoryFromLibvirt,
  cpuFromLibvirt,
  lifecycleFromLibvirt,
  boardFromLibvirt,
  disksFromLibvirt,
  interfacesFromLibvirt,
  hostDevicesFromLibvirt,
  controllersFromLibvirt,
  threadsFromLibvirt,
];

/** Names that a reader could not guess from the objects. */
function unguessable({ names, objects }: Building): string | undefined {
  const made = new Set(
    objects.filter(({ kind }) => kind === 'VirtualMachineNetwork').map(({ metadata }) => `network/${metadata.name}`),
  );
  const entries = Object.entries(names).filter(
    ([ours, theirs]) => !made.has(ours) && ours !== theirs.replace(':', '/'),
  );
  return entries.length > 0 ? JSON.stringify(Object.fromEntries(entries)) : undefined;
}

function annotations(building: Building): { annotations?: Record<string, string> } {
  const { draft, name } = building;
  const entries: [string, string | undefined][] = [
    [ANNOTATIONS.name, draft.name === name ? undefined : draft.name],
    [ANNOTATIONS.title, draft.title],
    [ANNOTATIONS.description, draft.description],
    [ANNOTATIONS.names, unguessable(building)],
  ];
  const set = entries.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return set.length > 0 ? { annotations: Object.fromEntries(set) } : {};
}
