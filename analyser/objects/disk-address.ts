import type { DiskDraft } from '../elements/draft.ts';
import { targetIndex } from './targets.ts';

type Address = NonNullable<DiskDraft['spec']['address']>;
type Bus = NonNullable<DiskDraft['spec']['bus']>;

const drive = (controller: number, bus: number, unit: number): Address => ({
  drive: { controller, bus, target: 0, unit },
});

const SCSI_UNITS = 7;
const SATA_PORTS = 6;
const IDE_UNITS = 4;
const IDE_PER_CHANNEL = 2;
const FLOPPIES = 2;

/** Where libvirt puts a disk by the letters of its target. Source: virDomainDiskDefAssignAddress */
const PLACES: Partial<Record<Bus, (index: number) => Address>> = {
  scsi: (index) => drive(Math.floor(index / SCSI_UNITS), 0, index % SCSI_UNITS),
  ide: (index) =>
    drive(Math.floor(index / IDE_UNITS), Math.floor((index % IDE_UNITS) / IDE_PER_CHANNEL), index % IDE_PER_CHANNEL),
  sata: (index) => drive(Math.floor(index / SATA_PORTS), 0, index % SATA_PORTS),
  fdc: (index) => drive(Math.floor(index / FLOPPIES), 0, index % FLOPPIES),
};

/** The place of a disk whose XML names none; nothing for a bus that has no fixed ones. */
export const driveAddress = (dev: string, bus: Bus): Address | undefined => PLACES[bus]?.(targetIndex(dev));
