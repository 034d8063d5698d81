import * as z from 'zod';
import { hostPath } from '../../../types/primitives.ts';
import { named } from './named.ts';

export const filesystem = z.object({
  ...named,
  type: z.enum(['virtiofs', '9p']).default('virtiofs').describe('How the folder is shared.'),
  path: hostPath().describe('Folder on the node.'),
  tag: z
    .string()
    .min(1)
    .max(36)
    .regex(/^[A-Za-z0-9_.-]+$/)
    .describe('Tag that the guest mounts.'),
  readOnly: z.boolean().default(false).describe('The guest cannot write.'),
});
