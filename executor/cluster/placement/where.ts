import { STATE_NODE } from '../../../schemas/kinds/annotations.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';
import { diskNameOf, ownDiskName } from '../../kinds/virtualmachine/disk-owner.ts';
import { isShared } from '../../kinds/virtualmachinestoragepool/volumes.ts';

/** Something that only some nodes have. */
interface Tie {
  readonly to: string;
  readonly nodes: readonly string[];
}

/** Where a machine can run; no `nodes` where that is everywhere. `ties` says why. */
export interface Where {
  readonly nodes?: readonly string[];
  readonly ties: readonly string[];
}

/** The nodes on which everything that a machine names can be had. Pure: two calls on one store answer the same. */
export function whereItCan(machine: VirtualMachine, store: Store): Where {
  const ties = [
    ...diskTies(machine, store),
    ...imageTies(machine, store),
    ...networkTies(machine, store),
    ...state(machine),
  ];
  if (ties.length === 0) return { ties: [] };
  const [first, ...others] = ties.map(({ nodes }) => nodes);
  const nodes = (first ?? []).filter((node) => others.every((list) => list.includes(node)));
  return { nodes: [...new Set(nodes)], ties: ties.map(({ to, nodes: on }) => `${to} (${on.join(', ')})`) };
}

const tie = (to: string, nodes: readonly string[] | undefined): Tie[] =>
  nodes === undefined || nodes.length === 0 ? [] : [{ to, nodes }];

function poolTies(store: Store, name: string): Tie[] {
  return tie(`the storage pool ${name}`, store.get('VirtualMachineStoragePool', { name })?.spec.nodeNames);
}

const isLocal = (store: Store, pool: string): boolean => {
  const found = store.get('VirtualMachineStoragePool', { name: pool });
  return found === undefined || !isShared(found);
};

type SpecDisk = NonNullable<VirtualMachine['spec']['disks']>[number];

function diskTies(machine: VirtualMachine, store: Store): Tie[] {
  return (machine.spec.disks ?? []).flatMap((entry) => tiesOfDisk(machine, entry, store));
}

function tiesOfDisk(machine: VirtualMachine, entry: SpecDisk, store: Store): Tie[] {
  const { namespace = 'default', name: of } = machine.metadata;
  const name = diskNameOf(machine, entry);
  const disk = name === undefined ? undefined : store.get('VirtualMachineDisk', { namespace, name });
  if (disk) {
    const { pool } = disk.spec;
    const local = isLocal(store, pool) && disk.status?.nodeName !== undefined;
    return [...poolTies(store, pool), ...(local ? tie(`the disk ${name}`, [disk.status?.nodeName ?? '']) : [])];
  }
  // One that is still to be made: an overlay has to lie beside its image.
  const { pool } = entry.blank ?? entry.image ?? {};
  const made = name === ownDiskName(of, entry.name) && pool !== undefined ? poolTies(store, pool) : [];
  return [...made, ...(entry.image ? ofImage(namespace, entry.image.name, store) : [])];
}

function imageTies({ metadata, spec }: VirtualMachine, store: Store): Tie[] {
  const { namespace = 'default' } = metadata;
  const { image, initrd } = spec.machine?.boot?.kernel ?? {};
  const drives = (spec.disks ?? []).flatMap((disk) => (disk.device === 'cdrom' ? [disk.image?.name] : []));
  const names = [image?.name, initrd?.name, ...drives];
  return names.flatMap((name) => (name === undefined ? [] : ofImage(namespace, name, store)));
}

function ofImage(namespace: string, name: string, store: Store): Tie[] {
  const image = store.get('VirtualMachineImage', { namespace, name });
  if (!image || image.status?.nodeName === undefined || !isLocal(store, image.spec.pool)) return [];
  return tie(`the image ${name}`, [image.status.nodeName]);
}

function networkTies({ spec }: VirtualMachine, store: Store): Tie[] {
  return (spec.interfaces ?? []).flatMap(({ network }) =>
    network ? tie(`the network ${network.name}`, store.get('VirtualMachineNetwork', network)?.spec.nodeNames) : [],
  );
}

/** The firmware's variables and a TPM's memory are in no pool. */
function state({ metadata }: VirtualMachine): Tie[] {
  const node = metadata.annotations?.[STATE_NODE];
  return node ? tie(`its firmware's variables or TPM, see the annotation ${STATE_NODE}`, [node]) : [];
}
