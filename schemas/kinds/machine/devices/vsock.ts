import * as z from 'zod';

export const vsock = z.object({
  cid: z.int().min(3).max(4294967294).describe('Context identifier; one is chosen where nothing is given.').optional(),
});
