import * as z from 'zod';
import { named } from './named.ts';

export const serial = z.object({
  ...named,
  type: z
    .enum(['isa', 'pci', 'usb'])
    .default('isa')
    .describe('Serial port. The first one is the console that vmctl shows and logs.'),
});
