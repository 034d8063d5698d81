import * as z from 'zod';

export const tpm = z.object({
  model: z.enum(['tis', 'crb']).default('crb').describe('Interface of the TPM.'),
  version: z.enum(['2.0', '1.2']).default('2.0').describe('Version of the TPM; swtpm emulates it.'),
});
