import * as z from 'zod';

/** Source: https://libvirt.org/formatdomain.html#power-management */
export const power = z
  .object({
    suspendToMemory: z
      .boolean()
      .describe('Offer ACPI S3; as the machine type has it where nothing is given.')
      .optional(),
    suspendToDisk: z.boolean().describe('Offer ACPI S4; as the machine type has it where nothing is given.').optional(),
  })
  .describe('Sleep that the guest can go to.');
