import * as z from 'zod';
import { address } from '../address.ts';
import { virtioModel, virtioOptions } from '../virtio.ts';

export const vsock = z.object({
  cid: z.int().min(3).max(4294967294).describe('Context identifier; one is chosen where nothing is given.').optional(),
  model: virtioModel.describe('Generations of virtio that it speaks.').optional(),
  virtio: virtioOptions.optional(),
  address: address('pci'),
});
