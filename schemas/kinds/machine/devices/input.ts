import * as z from 'zod';
import { named } from './named.ts';

export const input = z.object({
  ...named,
  type: z.enum(['tablet', 'mouse', 'keyboard']).default('tablet').describe('Kind of input.'),
  bus: z.enum(['usb', 'virtio', 'ps2']).default('usb').describe('How it is attached.'),
});
