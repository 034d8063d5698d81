import * as z from 'zod';

export const watchdog = z.object({
  model: z.enum(['i6300esb', 'ib700', 'itco']).default('i6300esb').describe('Watchdog device.'),
  action: z
    .enum(['Reset', 'Shutdown', 'PowerOff', 'Pause', 'None', 'InjectNMI'])
    .default('Reset')
    .describe('What happens when the guest stops feeding it.'),
});
