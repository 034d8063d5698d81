import * as z from 'zod';
import { hostPath } from '../../../types/primitives.ts';
import { address } from '../address.ts';
import { virtioOptions } from '../virtio.ts';
import { named } from './named.ts';

const kib = () => z.int().min(0).max(0xffffffff);

export const video = z.object({
  ...named,
  model: z
    .enum(['vga', 'virtio', 'qxl', 'cirrus', 'bochs', 'ramfb', 'vmvga'])
    .default('vga')
    .describe('Graphics card.'),
  backend: z
    .enum(['qemu', 'vhostUser'])
    .describe('Who draws for a virtio card: qemu, or a program on the node.')
    .optional(),
  ramKib: kib().describe('Memory of the first region of a QXL card, KiB.').optional(),
  vramKib: kib().describe('Video memory, KiB.').optional(),
  vram64Kib: kib().describe('Memory of the second region of a QXL card that is above 4 GiB, KiB.').optional(),
  vgaMemKib: kib().describe('Memory of the VGA part of a QXL card, KiB.').optional(),
  heads: z.int().min(1).max(64).describe('Screens.').optional(),
  accel3d: z.boolean().describe('3D on the GPU of the node.').optional(),
  blob: z.boolean().describe('Share memory with the display instead of copying.').optional(),
  edid: z.boolean().describe('Describe the screens to the guest.').optional(),
  renderNode: hostPath().describe('Device that draws for a vhost-user card.').optional(),
  resolution: z
    .object({ x: z.int().min(1).max(65535).describe('Columns.'), y: z.int().min(1).max(65535).describe('Rows.') })
    .describe('Size that the card suggests.')
    .optional(),
  vgaConfiguration: z.enum(['io', 'on', 'off']).describe('Where a VGA BIOS of the node is.').optional(),
  virtio: virtioOptions.optional(),
  address: address('pci'),
});
