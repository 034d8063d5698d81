import * as z from 'zod';
import { address } from '../address.ts';
import { virtioModel, virtioOptions } from '../virtio.ts';

export const balloon = z.object({
  enabled: z.boolean().default(true).describe('Offer a balloon, through which memory.size changes while running.'),
  freePageReporting: z.boolean().default(true).describe('Give pages that the guest does not use back to the host.'),
  deflateOnOom: z.boolean().default(true).describe('Give memory back to a guest that runs out of it.'),
  model: virtioModel.describe('Generations of virtio that it speaks.').optional(),
  virtio: virtioOptions.optional(),
  address: address('pci'),
});
