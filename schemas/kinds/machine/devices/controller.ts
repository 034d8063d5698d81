import * as z from 'zod';
import { listAtomic } from '../../../types/list-map.ts';
import { localName } from '../../../types/primitives.ts';
import { boundedSize } from '../../../types/quantity.ts';
import { address } from '../address.ts';
import { virtioOptions } from '../virtio.ts';
import { named } from './named.ts';

export const controllerType = z.enum(['pci', 'usb', 'scsi', 'sata', 'ide', 'fdc', 'virtio-serial', 'ccid', 'isa']);

/** Names of https://libvirt.org/formatdomain.html#controllers, of every type of controller. */
export const controllerModel = z.enum([
  'pci-root',
  'pcie-root',
  'pci-bridge',
  'pcie-to-pci-bridge',
  'dmi-to-pci-bridge',
  'pcie-root-port',
  'pcie-switch-upstream-port',
  'pcie-switch-downstream-port',
  'pci-expander-bus',
  'pcie-expander-bus',
  'qemu-xhci',
  'nec-xhci',
  'piix3-uhci',
  'piix4-uhci',
  'ehci',
  'vt82c686b-uhci',
  'pci-ohci',
  'none',
  'ich9-ehci1',
  'ich9-uhci1',
  'ich9-uhci2',
  'ich9-uhci3',
  'virtio-scsi',
  'lsilogic',
  'lsisas1068',
  'lsisas1078',
  'vmpvscsi',
  'am53c974',
  'dc390',
  'virtio',
  'virtio-transitional',
  'virtio-non-transitional',
]);

const byte = () => z.int().min(0).max(255);

const pci = z.object({
  device: z
    .enum(['pcie-root-port', 'ioh3420'])
    .describe("qemu's device for a root port; pcie-root-port where nothing is given.")
    .optional(),
  chassis: byte()
    .describe('Number of a port or a bridge that no other has; its index where nothing is given.')
    .optional(),
  port: byte().describe('Number of a port; made from its place where nothing is given.').optional(),
  busNumber: z.int().min(1).max(254).describe('Number of the first bus of an expander.').optional(),
  numaCell: byte().describe('NUMA cell of the guest that an expander belongs to.').optional(),
  hotPlug: z.boolean().describe('Whether devices can be plugged in while running.').optional(),
  memoryReserve: boundedSize('1Ki', '16Ti').describe('Memory that the firmware keeps for it.').optional(),
  hole64: boundedSize('0', '16Ti').describe('Size of the window above 4 GiB of the root.').optional(),
});

const queueThread = z.object({
  name: localName().describe('Thread of spec.iothreads.'),
  queues: listAtomic(z.array(z.int().min(0).max(1023)).max(1024))
    .describe('Queues that it serves; all of them in turn where nothing is given.')
    .optional(),
});

export const controller = z.object({
  ...named,
  type: controllerType.describe('What the controller carries.'),
  index: byte()
    .describe('Number among those of its type, by which addresses name it; the next one where nothing is given.')
    .optional(),
  model: controllerModel.describe('Model, as libvirt names it; the usual one where nothing is given.').optional(),
  address: address('pci', 'usb'),
  iothread: localName().describe('IO thread that serves it.').optional(),
  iothreads: listAtomic(z.array(queueThread).max(64)).describe('Threads that serve its queues.').optional(),
  queues: z.int().min(1).max(1024).describe('Queues of a virtio SCSI controller.').optional(),
  commandsPerLun: z.int().min(1).max(65535).describe('Commands that a LUN takes at once.').optional(),
  maxSectors: z.int().min(1).max(4_294_967_295).describe('Sectors that one command moves at most.').optional(),
  ioEventFd: z.boolean().describe('Handle requests outside the thread of the virtual CPU.').optional(),
  ports: z.int().min(1).max(511).describe('Ports of a USB or virtio-serial controller.').optional(),
  vectors: z.int().min(0).max(2_147_483_647).describe('Interrupt vectors of a virtio-serial controller.').optional(),
  startPort: z.int().min(0).max(30).describe('First port that a USB companion serves.').optional(),
  virtio: virtioOptions.optional(),
  pci: pci.describe('Options of a PCI controller.').optional(),
});
