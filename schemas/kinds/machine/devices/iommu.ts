import * as z from 'zod';
import { address } from '../address.ts';

export const iommu = z.object({
  model: z.enum(['intel', 'virtio', 'amd', 'smmuv3']).describe('IOMMU of the machine.'),
  interruptRemapping: z.boolean().describe('Remap interrupts.').optional(),
  cachingMode: z.boolean().describe('The guest tells of every change, as devices of the host need.').optional(),
  extendedInterruptMode: z.boolean().describe('More than 255 processors.').optional(),
  deviceIotlb: z.boolean().describe('Devices keep translations.').optional(),
  addressWidthBits: z.int().min(32).max(64).describe('Width of addresses.').optional(),
  dmaTranslation: z.boolean().describe('Translate DMA.').optional(),
  passthrough: z.boolean().describe('Devices may do without translation.').optional(),
  xtSupport: z.boolean().describe('x2APIC with AMD’s.').optional(),
  address: address('pci'),
});
