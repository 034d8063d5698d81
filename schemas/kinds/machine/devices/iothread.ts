import * as z from 'zod';
import { cpuSet } from '../../../types/primitives.ts';
import { named } from './named.ts';

export const iothread = z.object({ ...named, cpuset: cpuSet().describe('Host CPUs that it may run on.').optional() });
