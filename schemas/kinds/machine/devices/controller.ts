import * as z from 'zod';
import { localName } from '../../../types/primitives.ts';
import { named } from './named.ts';

export const controller = z.object({
  ...named,
  type: z
    .enum(['scsi', 'usb', 'virtio-serial', 'sata', 'ide', 'pci-bridge', 'pcie-root-port'])
    .describe('What the controller carries.'),
  model: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9_.-]+$/)
    .describe('Model as qemu names it.')
    .optional(),
  iothread: localName().describe('IO thread that serves it.').optional(),
});
