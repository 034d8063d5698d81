import * as z from 'zod';
import { hostPath } from '../../../types/primitives.ts';
import { boundedSize } from '../../../types/quantity.ts';
import { address } from '../address.ts';
import { named } from './named.ts';

/** Memory that several machines of a node share, ivshmem. */
export const sharedMemory = z.object({
  ...named,
  segment: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^/\n\r\0]+$/)
    .describe('Name of the segment below /dev/shm.'),
  type: z.enum(['plain', 'doorbell']).describe('Whether machines can ring each other.'),
  size: boundedSize('1Mi', '16Ti').describe('Size.').optional(),
  server: hostPath().describe('Socket of the ivshmem server.').optional(),
  vectors: z.int().min(1).max(65535).describe('Interrupts.').optional(),
  ioEventFd: z.boolean().describe('Ring without leaving the guest.').optional(),
  role: z.enum(['master', 'peer']).describe('Whether the memory moves with the machine.').optional(),
  address: address('pci'),
});
