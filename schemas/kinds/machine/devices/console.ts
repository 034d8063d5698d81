import * as z from 'zod';
import { address } from '../address.ts';
import { character } from './character.ts';
import { named } from './named.ts';

export const console = z.object({
  ...named,
  type: z.enum(['virtio']).default('virtio').describe('Paravirtual console (hvc0 in the guest).'),
  ...character,
  address: address('virtioSerial'),
});
