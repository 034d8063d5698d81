import * as z from 'zod';
import { hostPath } from '../../../types/primitives.ts';
import { address } from '../address.ts';
import { virtioModel, virtioOptions } from '../virtio.ts';
import { named } from './named.ts';

const evdev = z.object({
  path: hostPath().describe('Device on the node, /dev/input/by-id/….'),
  grab: z.enum(['all']).describe('Take all other input devices along.').optional(),
  grabToggle: z
    .enum(['ctrl-ctrl', 'alt-alt', 'shift-shift', 'meta-meta', 'scrolllock', 'ctrl-scrolllock'])
    .describe('Keys that give it to the guest and back.')
    .optional(),
  repeat: z.boolean().describe('Keys repeat while they are held.').optional(),
});

export const input = z.object({
  ...named,
  type: z.enum(['tablet', 'mouse', 'keyboard', 'passthrough', 'evdev']).default('tablet').describe('Kind of input.'),
  bus: z.enum(['usb', 'virtio', 'ps2']).default('usb').describe('How it is attached.'),
  model: virtioModel.describe('Generations of virtio that it speaks.').optional(),
  path: hostPath().describe('Device of the node that is passed through, /dev/input/event1.').optional(),
  evdev: evdev.describe('Device of the node whose events the guest’s own devices send.').optional(),
  virtio: virtioOptions.optional(),
  address: address('usb', 'pci'),
});
