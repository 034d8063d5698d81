import * as z from 'zod';
import { named } from './named.ts';

export const sound = z.object({
  ...named,
  model: z.enum(['ich9', 'ich6', 'ac97', 'usb']).default('ich9').describe('Sound card.'),
});
