import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { port } from '../../../types/primitives.ts';
import { address } from '../address.ts';
import { line } from '../disk/location.ts';
import { character } from './character.ts';
import { named } from './named.ts';

export const channel = exactlyOneOf(
  z.object({
    ...named,
    agent: z.object({}).describe('QEMU guest agent (org.qemu.guest_agent.0).').optional(),
    port: z
      .object({
        name: line(128).describe('Name of the port as the guest sees it; none where nothing is given.').optional(),
      })
      .describe("A virtio-serial port of the guest's own.")
      .optional(),
    guestForward: z
      .object({ address: line(45).describe('Address in the guest’s network.'), port: port().describe('TCP port.') })
      .describe('A TCP address that the guest finds on a network of its own, and that leads here.')
      .optional(),
    ...character,
    address: address('virtioSerial'),
  }),
  ['agent', 'port', 'guestForward'],
);
