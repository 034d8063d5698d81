import * as z from 'zod';
import { listAtomic } from '../../../types/list-map.ts';
import { localName } from '../../../types/primitives.ts';
import { address } from '../address.ts';
import { virtioOptions } from '../virtio.ts';
import { line } from './location.ts';

const blockSize = () => z.int().min(0).max(2_097_152);

const geometry = z.object({
  cylinders: z.int().min(1).max(65535).describe('Cylinders.'),
  heads: z.int().min(1).max(255).describe('Heads.'),
  sectors: z.int().min(1).max(255).describe('Sectors on a track.'),
  translation: z.enum(['none', 'lba', 'auto', 'large']).describe('How a BIOS sees it.').optional(),
});

const blockIo = z.object({
  logicalBlockSize: blockSize().describe('Smallest unit that is read and written, in bytes.').optional(),
  physicalBlockSize: blockSize().describe('Unit that is written without reading first, in bytes.').optional(),
  discardGranularity: blockSize().describe('Smallest unit that can be discarded, in bytes.').optional(),
});

const queueThread = z.object({
  name: localName().describe('Thread of spec.iothreads.'),
  queues: listAtomic(z.array(z.int().min(0).max(1023)).max(1024))
    .describe('Queues that it serves; all of them in turn where nothing is given.')
    .optional(),
});

const errorPolicy = z.enum(['stop', 'report', 'ignore', 'enospace']);

/** What a guest sees of a disk beyond its content, in libvirt's terms. */
export const diskDetails = {
  address: address('pci', 'drive', 'usb'),
  model: z
    .enum(['virtio', 'virtio-transitional', 'virtio-non-transitional'])
    .describe('Flavour of a virtio disk.')
    .optional(),
  virtio: virtioOptions.optional(),
  copyOnRead: z.boolean().describe('Copy what is read from a backing file into the disk.').optional(),
  errorPolicy: errorPolicy.describe('What happens when a write fails.').optional(),
  readErrorPolicy: errorPolicy.exclude(['enospace']).describe('What happens when a read fails.').optional(),
  ioEventFd: z.boolean().describe('Handle requests outside the thread of the virtual CPU.').optional(),
  eventIndex: z.boolean().describe('Save interrupts and notifications.').optional(),
  queues: z.int().min(1).max(1024).describe('Queues of a virtio disk.').optional(),
  queueSize: z.int().min(2).max(1024).describe('Requests that fit into a queue.').optional(),
  iothreads: listAtomic(z.array(queueThread).max(64)).describe('Threads that serve its queues.').optional(),
  discardNoUnref: z.boolean().describe('Keep the place of discarded clusters in a qcow2 file.').optional(),
  removable: z.boolean().describe('A USB disk calls itself removable.').optional(),
  rotationRate: z.int().min(1).max(65534).describe('Turns per minute; 1 for a disk that does not turn.').optional(),
  dpofua: z.boolean().describe('A SCSI disk takes the bits DPO and FUA.').optional(),
  vendor: line(8).describe('Vendor that a SCSI disk tells.').optional(),
  product: line(40).describe('Product that a disk tells.').optional(),
  wwn: z
    .string()
    .length(16)
    .regex(/^[0-9a-fA-F]{16}$/)
    .describe('World wide name, 16 hexadecimal digits.')
    .optional(),
  geometry: geometry.describe('Geometry that the guest sees.').optional(),
  blockIo: blockIo.describe('Sizes of blocks that the guest sees.').optional(),
  shareable: z.boolean().describe('Several machines may write to it at once.').optional(),
  transient: z.boolean().describe('What is written is gone when the machine stops.').optional(),
  rawIo: z.boolean().describe('The guest may send any SCSI command to the device.').optional(),
};
