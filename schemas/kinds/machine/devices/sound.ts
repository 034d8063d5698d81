import * as z from 'zod';
import { listAtomic } from '../../../types/list-map.ts';
import { address } from '../address.ts';
import { virtioOptions } from '../virtio.ts';
import { named } from './named.ts';

export const sound = z.object({
  ...named,
  model: z
    .enum(['ich9', 'ich6', 'ac97', 'usb', 'es1370', 'sb16', 'pcspk', 'virtio'])
    .default('ich9')
    .describe('Sound card.'),
  codecs: listAtomic(z.array(z.enum(['duplex', 'micro', 'output'])).max(4))
    .describe('Codecs of an Intel card; duplex where nothing is given.')
    .optional(),
  audio: z.int().min(1).max(0xffff).describe('Number of the audio backend that it plays on.').optional(),
  multichannel: z.boolean().describe('A USB card has more than two channels.').optional(),
  streams: z.int().min(1).max(64).describe('Streams of a virtio card.').optional(),
  virtio: virtioOptions.optional(),
  address: address('pci', 'usb', 'isa'),
});
