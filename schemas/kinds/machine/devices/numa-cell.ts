import * as z from 'zod';
import { listAtomic } from '../../../types/list-map.ts';
import { cpuSet } from '../../../types/primitives.ts';
import { boundedSize } from '../../../types/quantity.ts';
import { hostMemory } from '../memory.ts';
import { named } from './named.ts';

const cell = () => z.int().min(0).max(255);

const distance = z.object({
  cell: cell().describe('Number of the other cell.'),
  value: z.int().min(10).max(255).describe('Distance: 10 is the cell itself, 20 the usual one to others.'),
});

/** ACPI HMAT: https://libvirt.org/formatdomain.html#acpi-heterogeneous-memory-attribute-table */
const cache = z.object({
  level: z.int().min(1).max(15).describe('Level.'),
  size: boundedSize('1', '16Ti').describe('Size.'),
  line: boundedSize('1', '1Gi').describe('Size of a line.'),
  associativity: z.enum(['none', 'direct', 'full']).describe('Associativity.'),
  policy: z.enum(['none', 'writeback', 'writethrough']).describe('When it is written back.'),
});

export const numaCell = z.object({
  ...named,
  cpus: cpuSet().describe('Virtual CPUs of the cell; none where nothing is given.').optional(),
  memory: boundedSize('0', '16Ti').describe('Memory of the cell.'),
  ...hostMemory,
  shared: z
    .boolean()
    .describe('Shared with other processes; as memory.backing says where nothing is given.')
    .optional(),
  discard: z.boolean().describe('Throw the content away before the memory is given back.').optional(),
  distances: listAtomic(z.array(distance).max(64)).describe('Distances to other cells.').optional(),
  caches: listAtomic(z.array(cache).max(15)).describe('Caches of the memory.').optional(),
});

const link = {
  initiator: cell().describe('Cell that asks.'),
  target: cell().describe('Cell that has the memory.'),
  cache: z.int().min(1).max(15).describe('Level of the cache; the memory itself where nothing is given.').optional(),
  type: z.enum(['access', 'read', 'write']).describe('What is measured.'),
};

export const numaLink = z.object({
  ...link,
  latencyNanoseconds: z.int().min(1).max(0xffffffff).describe('Latency.').optional(),
  bandwidthKibibytesPerSecond: z.int().min(1).max(0xffffffff).describe('Bandwidth.').optional(),
});
