import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

type SpecDisk = NonNullable<VirtualMachine['spec']['disks']>[number];

/** Name of the VirtualMachineDisk that is made for a machine's `image` or `blank` disk. */
export const ownDiskName = (machine: string, disk: string): string => `${machine}-${disk}`;

/** Name of the VirtualMachineDisk behind a disk of a machine; none for an empty drive and a CD-ROM that shows an image. */
export function diskNameOf(machine: VirtualMachine, disk: SpecDisk): string | undefined {
  if (disk.disk) return disk.disk.name;
  if (disk.blank) return ownDiskName(machine.metadata.name, disk.name);
  return disk.image && disk.device !== 'cdrom' ? ownDiskName(machine.metadata.name, disk.name) : undefined;
}

/** Whether a machine names a disk in its spec. */
export const namesDisk = (machine: VirtualMachine, disk: VirtualMachineDisk): boolean =>
  machine.metadata.namespace === disk.metadata.namespace &&
  (machine.spec.disks ?? []).some((item) => diskNameOf(machine, item) === disk.metadata.name);

const earlier = (a: VirtualMachine, b: VirtualMachine): number =>
  (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') ||
  (a.metadata.name < b.metadata.name ? -1 : 1);

/**
 * The one machine that may use a disk: the one that `status.usedBy` names, as long as it still names the disk, else the
 * oldest that does, by its name where two are equally old.
 */
export function diskOwner(disk: VirtualMachineDisk, machines: readonly VirtualMachine[]): VirtualMachine | undefined {
  const candidates = machines.filter((machine) => namesDisk(machine, disk)).sort(earlier);
  return candidates.find((machine) => machine.metadata.name === disk.status?.usedBy) ?? candidates[0];
}
