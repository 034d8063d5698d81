import * as z from 'zod';
import { address } from '../address.ts';

export const panic = z.object({
  enabled: z.boolean().default(true).describe('Offer the device.'),
  model: z
    .enum(['isa', 'pci', 'hyperv'])
    .default('isa')
    .describe('Device through which a guest reports that it crashed.'),
  address: address('isa', 'pci'),
});
