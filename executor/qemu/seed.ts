import type { VirtualMachineSpec } from '../../schemas/kinds/virtual-machine.ts';

type Disk = NonNullable<VirtualMachineSpec['disks']>[number];

/** Name of the drive that cloud-init's seed is in: no disk of a spec can have a dot in its name. */
export const SEED = 'cloud.init';

/**
 * The drive of a machine's seed; nothing where it has none. On virtio, since the kernels that clouds use have drivers for little
 * else, and a CD-ROM, since what is in it can be changed while the machine runs.
 */
export function seedDrive({ cloudInit, disks = [] }: VirtualMachineSpec): Disk[] {
  const variant = cloudInit?.noCloud ?? cloudInit?.configDrive;
  if (!variant || cloudInit?.noCloud?.seedFrom !== undefined) return [];
  if (disks.some(({ name }) => name === SEED)) return [];
  return [{ name: SEED, device: 'cdrom', bus: variant.bus ?? 'scsi', readOnly: true }];
}
