import * as z from 'zod';
import { atMostOneOf } from '../../types/exactly-one.ts';
import { localName, objectName } from '../../types/primitives.ts';
import { boundedSize } from '../../types/quantity.ts';
import { reference } from '../../types/reference.ts';
import { withRule } from '../../types/rule.ts';
import { diskFormat, encryption } from '../disk.ts';
import { diskDetails } from './disk/details.ts';
import { source } from './disk/source.ts';
import { iotune } from './iotune.ts';

/** Bus of a disk; a row in executor/qemu/devices/disk.ts for each. */
export const diskBus = z.enum(['virtio', 'scsi', 'sata', 'ide', 'usb', 'nvme', 'fdc']);

const template = {
  size: boundedSize('512', '60Ti'),
  pool: objectName().default('default'),
};

const diskDevice = atMostOneOf(
  z.object({
    name: localName().describe('Name of the device inside this machine.'),
    disk: reference('VirtualMachineDisk').describe('A disk of this namespace.').optional(),
    image: z
      .object({
        name: objectName().describe('Name of the VirtualMachineImage.'),
        size: template.size
          .describe("Size of the machine's own disk; the image's virtual size where nothing is given.")
          .optional(),
        pool: template.pool.describe("Storage pool of the machine's own disk."),
        encryption: encryption.optional(),
      })
      .describe(
        'An image of this namespace. A disk gets an overlay of its own on it, deleted with the machine; a CD-ROM shows the image itself.',
      )
      .optional(),
    blank: z
      .object({
        size: template.size.describe('Size of the new disk.'),
        pool: template.pool.describe('Storage pool of the new disk.'),
        format: diskFormat.default('qcow2').describe('Format of the new disk.'),
        encryption: encryption.optional(),
      })
      .describe("A new empty disk of the machine's own, deleted with it.")
      .optional(),
    source: source
      .describe('Content outside the pools, used where it is: nothing is copied, nothing is deleted with the machine.')
      .optional(),
    device: z.enum(['disk', 'cdrom', 'floppy', 'lun']).default('disk').describe('What the guest sees.'),
    bus: diskBus
      .describe('How it is attached; virtio for disks, sata for CD-ROMs, fdc for floppies where nothing is given.')
      .optional(),
    bootOrder: z.int().min(1).max(64).describe('Place in the boot order, the lowest first.').optional(),
    cache: z
      .enum(['none', 'writeback', 'writethrough', 'directsync', 'unsafe'])
      .describe('Host page cache: none where the file system can.')
      .optional(),
    io: z
      .enum(['threads', 'native', 'io_uring'])
      .describe('How qemu reads and writes; the fastest that can be relied on here where nothing is given.')
      .optional(),
    discard: z
      .enum(['unmap', 'ignore'])
      .describe(
        'Whether space that the guest discards is given back: unmap for disks in pools, ignore for a source where nothing is given.',
      )
      .optional(),
    detectZeroes: z
      .enum(['off', 'on', 'unmap'])
      .describe(
        'Whether zeroes that the guest writes take no space (on), or give space back (unmap); off where nothing is given.',
      )
      .optional(),
    iothread: localName()
      .describe('Thread of spec.iothreads that serves the disk; virtio disks take them in turn where nothing is given.')
      .optional(),
    serial: z
      .string()
      .min(1)
      .max(250)
      .regex(/^[A-Za-z0-9_ .+-]+$/)
      .describe('Serial number that the guest reads; how much of it depends on the bus (20 characters on virtio).')
      .optional(),
    readOnly: z.boolean().default(false).describe('The guest cannot write.'),
    iotune: iotune.optional(),
    ...diskDetails,
  }),
  ['disk', 'image', 'blank', 'source'],
);

export const disk = withRule(
  diskDevice,
  {
    rule: "(has(self.device) && (self.device == 'cdrom' || self.device == 'floppy')) || has(self.disk) || has(self.image) || has(self.blank) || has(self.source)",
    message: 'one of disk, image, blank, source must be set; only a cdrom or a floppy may be empty',
  },
  (value) =>
    value.device === 'cdrom' ||
    value.device === 'floppy' ||
    value.disk !== undefined ||
    value.image !== undefined ||
    value.blank !== undefined ||
    value.source !== undefined,
);
