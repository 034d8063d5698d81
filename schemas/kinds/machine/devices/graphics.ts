import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { named } from './named.ts';

export const graphic = exactlyOneOf(
  z.object({
    ...named,
    vnc: z.object({}).describe('VNC, on a unix socket that only the executor reaches.').optional(),
    spice: z.object({}).describe('SPICE, on a unix socket that only the executor reaches.').optional(),
  }),
  ['vnc', 'spice'],
);
