import * as z from 'zod';
import { address } from '../address.ts';
import { virtioOptions } from '../virtio.ts';
import { named } from './named.ts';

export const crypto = z.object({
  ...named,
  backend: z.enum(['builtin', 'lkcf']).describe("Who encrypts: qemu, or the node's kernel."),
  queues: z.int().min(1).max(0xffff).describe('Queues.').optional(),
  virtio: virtioOptions.optional(),
  address: address('pci'),
});
