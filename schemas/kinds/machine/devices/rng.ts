import * as z from 'zod';
import { address } from '../address.ts';
import { virtioModel, virtioOptions } from '../virtio.ts';
import { backend } from './character.ts';
import { named } from './named.ts';

export const rng = z.object({
  ...named,
  model: virtioModel.describe('Generations of virtio that it speaks.').optional(),
  source: z
    .enum(['/dev/urandom', '/dev/random', '/dev/hwrng', 'Builtin', 'EGD'])
    .default('/dev/urandom')
    .describe('Where the randomness comes from; EGD is a program at the other end of the backend.'),
  backend: backend.describe('Where the entropy gathering daemon is.').optional(),
  maxBytesPerSecond: z.int().min(1).max(1_000_000_000).describe('Limit of randomness given to the guest.').optional(),
  periodMilliseconds: z
    .int()
    .min(1)
    .max(0xffffffff)
    .describe('Time in which so many bytes are given; a second where nothing is given.')
    .optional(),
  virtio: virtioOptions.optional(),
  address: address('pci'),
});
