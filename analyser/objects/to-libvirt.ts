import { type DomainDraft, emptyDraft, type SpecDraft } from '../elements/draft.ts';
import { boardToLibvirt } from './board.ts';
import { cpuToLibvirt } from './cpu.ts';
import { disksToLibvirt } from './disks.ts';
import { hostDevicesToLibvirt } from './host-devices.ts';
import { interfacesToLibvirt } from './interfaces.ts';
import { lifecycleToLibvirt } from './lifecycle.ts';
import { ExportError, lookup } from './lookup.ts';
import { ANNOTATIONS, type Manifest } from './manifest.ts';
import { memoryToLibvirt } from './memory.ts';
import { threadsToLibvirt } from './threads.ts';

/**
 * One machine in libvirt's terms, every default said.
 *
 * @param everyForm whether what libvirt reads in two places is in both.
 * @throws ExportError where it names an object without which it cannot be said.
 */
export function toLibvirt(
  machine: Manifest<'VirtualMachine'>,
  objects: readonly Manifest[],
  everyForm: boolean,
): DomainDraft {
  const { name, annotations = {} } = machine.metadata;
  const draft: DomainDraft = { ...emptyDraft(), name: annotations[ANNOTATIONS.name] ?? name };
  const title = annotations[ANNOTATIONS.title];
  const description = annotations[ANNOTATIONS.description];
  if (title !== undefined) draft.title = title;
  if (description !== undefined) draft.description = description;
  draft.spec = structuredClone(machine.spec) as SpecDraft;
  draft.spec.machine = { architecture: 'x86_64', type: 'q35', ...draft.spec.machine };
  const found = lookup(objects, namesOf(annotations[ANNOTATIONS.names]));
  memoryToLibvirt(draft);
  cpuToLibvirt(draft);
  threadsToLibvirt(draft);
  lifecycleToLibvirt(draft);
  boardToLibvirt(draft, found);
  disksToLibvirt(draft, name, found, everyForm);
  interfacesToLibvirt(draft, found);
  hostDevicesToLibvirt(draft);
  return draft;
}

function namesOf(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch (cause) {
    throw new ExportError(`annotation ${ANNOTATIONS.names} is no JSON; remove it or mend it`, { cause });
  }
}
