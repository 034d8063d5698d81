import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { named } from './named.ts';

export const channel = exactlyOneOf(
  z.object({
    ...named,
    agent: z.object({}).describe('QEMU guest agent (org.qemu.guest_agent.0).').optional(),
    port: z
      .object({
        name: z
          .string()
          .min(1)
          .max(128)
          .regex(/^[A-Za-z0-9._-]+$/)
          .describe('Name of the port as the guest sees it.'),
      })
      .describe("A virtio-serial port of the guest's own, on a unix socket.")
      .optional(),
  }),
  ['agent', 'port'],
);
