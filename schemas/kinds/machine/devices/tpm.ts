import * as z from 'zod';
import { hostPath } from '../../../types/primitives.ts';
import { keyReference } from '../../../types/reference.ts';
import { line } from '../disk/location.ts';
import { backend } from './character.ts';

const profile = z.object({
  name: line(255).describe('Name of the profile.').optional(),
  source: line(255).describe('Where it comes from, local:NAME.').optional(),
  removeDisabled: z
    .enum(['check', 'fips-host'])
    .describe('Drop what the crypto library of the node forbids.')
    .optional(),
});

export const tpm = z.object({
  model: z.enum(['tis', 'crb', 'spapr']).default('crb').describe('Interface of the TPM.'),
  version: z.enum(['2.0', '1.2']).default('2.0').describe('Version of the TPM; swtpm emulates it.'),
  passthrough: z
    .object({ path: hostPath().describe('Device on the node, /dev/tpm0.') })
    .describe('The TPM of the node in place of an emulated one.')
    .optional(),
  external: backend.describe('A TPM that another program emulates, in place of one of its own.').optional(),
  persistent: z.boolean().describe('Keep the state of a machine that is deleted.').optional(),
  statePath: hostPath().describe('Folder or file of the state; the machine’s own where nothing is given.').optional(),
  activePcrBanks: z
    .array(z.enum(['sha1', 'sha256', 'sha384', 'sha512']))
    .max(4)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Banks of PCRs that are in use.')
    .optional(),
  encryption: keyReference('Secret').describe('Secret with the passphrase of the state.').optional(),
  profile: profile.describe('Profile of libtpms.').optional(),
  debug: z.int().min(0).max(20).describe('How much swtpm logs.').optional(),
});
