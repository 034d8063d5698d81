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

/**
 * The one machine that may use a disk: the one that `status.usedBy` names, as long as it still names the disk, else the
 * oldest that does, by its name where two are equally old.
 */
export function diskOwner<T extends Namer>(disk: VirtualMachineDisk, machines: readonly T[]): T | undefined {
  const candidates = machines.filter((machine) => namesDisk(machine, disk)).sort(earlier);
  return candidates.find((machine) => machine.metadata.name === disk.status?.usedBy) ?? candidates[0];
}

/** Whether every machine that has a disk, or wants it, only reads it: then any number of them may. */
export function isOnlyRead(disk: VirtualMachineDisk, machines: readonly VirtualMachine[]): boolean {
  const { name } = disk.metadata;
  return machines
    .filter((machine) => namesDisk(machine, disk))
    .every((machine) => {
      const wanted = (machine.spec.disks ?? []).filter((entry) => diskNameOf(machine, entry) === name);
      const before = machine.status?.disks?.some((entry) => entry.disk === name) && wanted.length === 0;
      return !before && wanted.every(({ readOnly, device }) => readOnly || device === 'cdrom');
    });
}
