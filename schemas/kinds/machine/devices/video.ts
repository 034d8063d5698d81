import * as z from 'zod';
import { named } from './named.ts';

export const video = z.object({
  ...named,
  model: z.enum(['vga', 'virtio', 'qxl', 'cirrus', 'bochs', 'ramfb']).default('vga').describe('Graphics card.'),
});
