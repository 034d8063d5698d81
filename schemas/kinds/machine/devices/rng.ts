import * as z from 'zod';
import { named } from './named.ts';

export const rng = z.object({
  ...named,
  source: z
    .enum(['/dev/urandom', '/dev/random', '/dev/hwrng', 'Builtin'])
    .default('/dev/urandom')
    .describe('Where the randomness comes from.'),
  maxBytesPerSecond: z.int().min(1).max(1_000_000_000).describe('Limit of randomness given to the guest.').optional(),
});
