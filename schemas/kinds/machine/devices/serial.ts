import * as z from 'zod';
import { address } from '../address.ts';
import { character } from './character.ts';
import { named } from './named.ts';

export const serial = z.object({
  ...named,
  type: z
    .enum(['isa', 'pci', 'usb', 'debug'])
    .default('isa')
    .describe('Serial port. The first one is the console that vmctl shows and logs.'),
  port: z
    .int()
    .min(0)
    .max(255)
    .describe('Number of the port; its place in the list where nothing is given.')
    .optional(),
  ...character,
  address: address('isa', 'pci', 'usb'),
});

export const parallel = z.object({
  ...named,
  ...character,
  address: address('isa'),
});
