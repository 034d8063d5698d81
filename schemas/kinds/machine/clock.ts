import * as z from 'zod';

const frequency = () => z.int().min(1).max(9_007_199_254_740_991);

/** Source: https://libvirt.org/formatdomain.html#time-keeping */
export const clock = z
  .object({
    base: z
      .enum(['UTC', 'LocalTime'])
      .default('UTC')
      .describe('What the real-time clock shows at start: UTC, or local time as Windows expects.'),
    start: z
      .string()
      .max(19)
      .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$/)
      .describe('What it shows at every start, in place of the time that it is.')
      .optional(),
    adjustmentSeconds: z
      .int()
      .min(-9_007_199_254_740_991)
      .max(9_007_199_254_740_991)
      .describe('What it is set forward by.')
      .optional(),
    source: z
      .enum(['Host', 'Guest'])
      .describe("Whether it follows the clock of the host, or the time that the guest runs; qemu's default is Host.")
      .optional(),
    driftFix: z
      .enum(['None', 'Slew'])
      .describe('What to do with timer ticks that the guest missed; None where nothing is given.')
      .optional(),
    hpet: z
      .boolean()
      .describe("Offer a high precision event timer; the machine type's default where nothing is given.")
      .optional(),
    pit: z
      .enum(['Delay', 'Discard'])
      .describe('What the interval timer does with ticks that the guest missed.')
      .optional(),
    kvmClock: z.boolean().describe('Offer the clock of KVM; as KVM does where nothing is given.').optional(),
    tscFrequencyHertz: frequency().describe('Frequency of the time stamp counter.').optional(),
  })
  .describe('Clock and timers.');
