import * as z from 'zod';
import { cpuSet } from '../../../types/primitives.ts';
import { boundedSize } from '../../../types/quantity.ts';
import { named } from './named.ts';

export const numaCell = z.object({
  ...named,
  cpus: cpuSet().describe('Virtual CPUs of the cell.'),
  memory: boundedSize('1Mi', '16Ti').describe('Memory of the cell.'),
  hostNodes: cpuSet().describe('Host NUMA nodes that the memory comes from.').optional(),
});
