import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

/** What of a machine says which disks it names: less than all of it, for those that other nodes have. */
type Namer = Pick<VirtualMachine, 'metadata'> & {
  readonly spec: Pick<VirtualMachine['spec'], 'disks'>;
  readonly status?: Pick<NonNullable<VirtualMachine['status']>, 'disks'> | undefined;
};
type SpecDisk = NonNullable<VirtualMachine['spec']['disks']>[number];

/** Name of the VirtualMachineDisk that is made for a machine's `image` or `blank` disk. */
export const ownDiskName = (machine: string, disk: string): string => `${machine}-${disk}`;

/** Name of the VirtualMachineDisk behind a disk of a machine; none for an empty drive and a CD-ROM that shows an image. */
export function diskNameOf(machine: Pick<Namer, 'metadata'>, disk: SpecDisk): string | undefined {
  if (disk.disk) return disk.disk.name;
  if (disk.blank) return ownDiskName(machine.metadata.name, disk.name);
  return disk.image && disk.device !== 'cdrom' ? ownDiskName(machine.metadata.name, disk.name) : undefined;
}

/**
 * A machine's own name for a disk: that of its spec, else of what was observed of it, for a guest that was asked to let go
 * of a disk still writes to it.
 */
export function entryOf(machine: Namer, disk: VirtualMachineDisk): string | undefined {
  if (machine.metadata.namespace !== disk.metadata.namespace) return undefined;
  const { name } = disk.metadata;
  const wanted = machine.spec.disks?.find((item) => diskNameOf(machine, item) === name);
  return (wanted ?? machine.status?.disks?.find((item) => item.disk === name))?.name;
}

/** Whether a machine has a disk, or wants it. */
export const namesDisk = (machine: Namer, disk: VirtualMachineDisk): boolean => entryOf(machine, disk) !== undefined;

const earlier = (a: Namer, b: Namer): number =>
  (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') ||
  (a.metadata.name < b.metadata.name ? -1 : 1);

/** Who has a disk, or wants it: the one that `status.usedBy` names first, then by age, and by name where two are equally old. */
function inOrder<T extends Namer>(disk: VirtualMachineDisk, machines: readonly T[]): T[] {
  const all = machines.filter((machine) => namesDisk(machine, disk)).sort(earlier);
  const first = all.find((machine) => machine.metadata.name === disk.status?.usedBy);
  return first ? [first, ...all.filter((machine) => machine !== first)] : all;
}

/**
 * The one machine that may use a disk: the one that `status.usedBy` names, as long as it still names the disk, else the
 * oldest that does, by its name where two are equally old.
 */
export const diskOwner = <T extends Namer>(disk: VirtualMachineDisk, machines: readonly T[]): T | undefined =>
  inOrder(disk, machines)[0];

/** Of a disk that it was asked to let go of, a guest is taken to write to it. */
function onlyReads(machine: Namer, { metadata: { name } }: VirtualMachineDisk): boolean {
  const entries = (machine.spec.disks ?? []).filter((entry) => diskNameOf(machine, entry) === name);
  return entries.length > 0 && entries.every(({ readOnly, device }) => readOnly || device === 'cdrom');
}

/** The machine that keeps another from a disk. Any number may have one that each of them, in the order that they came, only reads. */
export function diskRival<T extends Namer>(
  disk: VirtualMachineDisk,
  machine: Namer,
  machines: readonly T[],
): T | undefined {
  const all = inOrder(disk, machines);
  const own = all.findIndex(({ metadata }) => metadata.uid === machine.metadata.uid);
  const before = own < 0 ? all : all.slice(0, own);
  return onlyReads(machine, disk) ? before.find((one) => !onlyReads(one, disk)) : before[0];
}
