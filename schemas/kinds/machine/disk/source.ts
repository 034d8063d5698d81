import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { listAtomic } from '../../../types/list-map.ts';
import { content, layer, PLACES, places } from './location.ts';

/** The most files of a chain; qemu opens each of them. */
const DEEPEST = 16;

/**
 * Content that is used where it is, outside the pools: nothing is copied, nothing is deleted with the machine. The terms are
 * those of https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms.
 */
export const source = exactlyOneOf(
  z.object({
    ...places,
    ...content,
    dataFile: layer.describe('File that holds the data of a qcow2 file.').optional(),
    backing: listAtomic(z.array(layer).max(DEEPEST))
      .describe('Files that it is an overlay on, nearest first.')
      .optional(),
    standalone: z.boolean().describe('The last file of the chain has no backing file, whatever it says.').optional(),
  }),
  PLACES,
);

export type DiskSource = z.output<typeof source>;
export type DiskLayer = z.output<typeof layer>;
