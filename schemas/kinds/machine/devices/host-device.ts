import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { hostPath } from '../../../types/primitives.ts';
import { address } from '../address.ts';
import { line, network } from '../disk/location.ts';
import { virtioModel } from '../virtio.ts';
import { named } from './named.ts';

export const rom = z.object({
  enabled: z.boolean().describe('Whether there is boot code; only for what boots where nothing is given.').optional(),
  bar: z.boolean().describe('Whether the guest sees it.').optional(),
  file: hostPath().describe('File on the node with the boot code.').optional(),
});

const hexDigits = () =>
  z
    .string()
    .length(4)
    .regex(/^[0-9a-f]{4}$/);

export const pciDevice = z.object({
  address: z
    .string()
    .max(12)
    .regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/)
    .describe('PCI address on the host, 0000:65:00.0.'),
  managed: z
    .boolean()
    .describe('The executor takes it from the node and gives it back; it does where nothing is given.')
    .optional(),
  driver: line(64).describe('VFIO driver; vfio-pci where nothing is given.').optional(),
  writeFiltering: z.boolean().describe('Keep the guest from some registers.').optional(),
  display: z.boolean().describe('The card has a display of its own.').optional(),
});

const usb = z.object({
  vendor: hexDigits().describe('Vendor, four hexadecimal digits.').optional(),
  product: hexDigits().describe('Product, four hexadecimal digits.').optional(),
  bus: z.int().min(0).max(999).describe('Bus of the node, in place of vendor and product.').optional(),
  device: z.int().min(0).max(999).describe('Device on that bus.').optional(),
  startupPolicy: z
    .enum(['mandatory', 'requisite', 'optional'])
    .describe('Whether the machine starts without it.')
    .optional(),
  guestReset: z.enum(['on', 'off', 'uninitialized']).describe('Whether the guest can reset it.').optional(),
});

const scsi = z.object({
  adapter: line(64).describe('Host bus adapter, scsi_host0.').optional(),
  bus: z.int().min(0).max(0xffff).describe('Bus of the adapter.').optional(),
  target: z.int().min(0).max(0xffff).describe('Target.').optional(),
  unit: z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Unit.').optional(),
  network: network.describe('An iSCSI target in place of an adapter.').optional(),
  readOnly: z.boolean().describe('The guest cannot write.').optional(),
  shareable: z.boolean().describe('Several machines may use it.').optional(),
});

export const hostDevice = exactlyOneOf(
  z.object({
    ...named,
    pci: pciDevice.describe('A PCI device, through VFIO.').optional(),
    usb: usb.describe('A USB device.').optional(),
    mdev: z
      .object({
        uuid: z.string().length(36).describe('UUID of the mediated device.'),
        model: z.enum(['vfio-pci', 'vfio-ap', 'vfio-ccw']).describe('How the guest sees it.').optional(),
        display: z.boolean().describe('It is a graphics card with a display.').optional(),
        ramfb: z.boolean().describe('Show something before its driver is loaded.').optional(),
      })
      .describe('A mediated device, such as a vGPU.')
      .optional(),
    scsi: scsi.describe('A SCSI device.').optional(),
    scsiHost: z
      .object({
        wwpn: line(64).describe('World wide port name, naa.….'),
        model: virtioModel.describe('Generations of virtio that it speaks.').optional(),
      })
      .describe('A target of the node over vhost-scsi.')
      .optional(),
    rom: rom.describe('Boot code of a PCI device.').optional(),
    bootOrder: z.int().min(1).max(64).describe('Place in the boot order, the lowest first.').optional(),
    address: address('pci', 'usb', 'drive'),
  }),
  ['pci', 'usb', 'mdev', 'scsi', 'scsiHost'],
);
