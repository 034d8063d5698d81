import type { CompleteSpec } from '../defaults.ts';

export type Disk = CompleteSpec['disks'][number];
export type DiskBus = NonNullable<Disk['bus']>;

const USUAL = { disk: 'virtio', lun: 'scsi', cdrom: 'sata', floppy: 'fdc' } as const satisfies Record<
  Disk['device'],
  DiskBus
>;

/** The bus of a disk, chosen after what it is where the spec says nothing. */
export const busOf = (disk: Disk): DiskBus => disk.bus ?? USUAL[disk.device];
