import { type SnapshotDraft, snapshot } from '../elements/snapshot/snapshot.ts';
import type { Fault } from '../objects/building.ts';
import type { Manifest, SpecOf } from '../objects/manifest.ts';
import { kubernetesName } from '../objects/names.ts';
import { readElement } from '../table/read.ts';
import { writeElement } from '../table/write.ts';
import { attributeOf, childElements, childOf, textOf, type XmlElement } from '../xml/infoset.ts';
import { named, namesOf } from './draft.ts';
import type { Root } from './root.ts';

type Spec = SpecOf<'VirtualMachineSnapshot'>;

/** Stands for the machine where neither the XML nor the person names it. */
const NO_MACHINE = 'machine';

function machineOf(node: XmlElement): string | undefined {
  const domain = childOf(node, 'domain');
  const name = domain && childOf(domain, 'name');
  return name && textOf(name);
}

/** One method for all disks: what libvirt mixes is taken outside the volumes. */
function specOf({ memory = 'no', disks }: SnapshotDraft, machine: string): Spec {
  const isExternal = disks.some(({ method }) => method === 'external');
  const names = disks.map(({ name = '' }) => name);
  return {
    virtualMachine: { name: machine },
    memory: memory !== 'no',
    ...(names.length > 0 && { disks: names }),
    method: isExternal ? 'External' : 'Internal',
  };
}

const faultsOf = ({ name }: SnapshotDraft): Fault[] =>
  name === undefined ? [{ xpath: '/domainsnapshot/name', reason: 'is missing' }] : [];

function draftOf({ memory = false, disks = [], method = 'Internal' }: Spec): SnapshotDraft {
  const word = method === 'External' ? 'external' : 'internal';
  return { memory: memory ? 'internal' : 'no', disks: disks.map((name, n) => ({ n, name, method: word })) };
}

function pathsIn(node: XmlElement): boolean {
  const disks = childOf(node, 'disks');
  return disks !== undefined && childElements(disks).some((disk) => attributeOf(disk, 'name')?.startsWith('/'));
}

/** A snapshot of libvirt's: the same point to take of a machine here; what libvirt took stays in its volumes. */
export const snapshotRoot: Root = {
  read(node, reading, options) {
    const draft: SnapshotDraft = { disks: [] };
    const seen = readElement(node, snapshot, draft, reading);
    const theirs = machineOf(node);
    const machine = options.machine ?? (theirs === undefined ? NO_MACHINE : kubernetesName(theirs));
    const object = named('VirtualMachineSnapshot', draft, specOf(draft, machine), options, 'Namespaced');
    const isNamed = options.machine !== undefined || theirs !== undefined;
    const remarks = [
      ...(isNamed ? [] : ['the XML does not say whose snapshot it is: name the machine with --machine']),
      ...(pathsIn(node)
        ? ['disks are named by their paths: put the names of the machine’s disks into spec.disks']
        : []),
    ];
    return { seen, objects: [object], faults: faultsOf(draft), remarks };
  },
  write: (object) => {
    const { spec } = object as Manifest<'VirtualMachineSnapshot'>;
    return writeElement('domainsnapshot', snapshot, { ...draftOf(spec), ...namesOf(object) })[0];
  },
};
