import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { named } from './named.ts';

export const hostDevice = exactlyOneOf(
  z.object({
    ...named,
    pci: z
      .object({
        address: z
          .string()
          .max(12)
          .regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/)
          .describe('PCI address on the host, 0000:65:00.0.'),
      })
      .describe('A PCI device, through VFIO.')
      .optional(),
    usb: z
      .object({
        vendor: z
          .string()
          .length(4)
          .regex(/^[0-9a-f]{4}$/)
          .describe('Vendor, four hexadecimal digits.'),
        product: z
          .string()
          .length(4)
          .regex(/^[0-9a-f]{4}$/)
          .describe('Product, four hexadecimal digits.'),
      })
      .describe('A USB device.')
      .optional(),
    mdev: z
      .object({ uuid: z.string().length(36).describe('UUID of the mediated device.') })
      .describe('A mediated device, such as a vGPU.')
      .optional(),
  }),
  ['pci', 'usb', 'mdev'],
);
