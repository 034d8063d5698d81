import * as z from 'zod';
import { address } from '../address.ts';

export const watchdog = z.object({
  model: z.enum(['i6300esb', 'ib700', 'itco', 'diag288']).default('i6300esb').describe('Watchdog device.'),
  action: z
    .enum(['Reset', 'Shutdown', 'PowerOff', 'Pause', 'None', 'InjectNMI', 'Dump'])
    .default('Reset')
    .describe('What happens when the guest stops feeding it.'),
  address: address('pci'),
});
