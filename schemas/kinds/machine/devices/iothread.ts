import * as z from 'zod';
import { cpuSet } from '../../../types/primitives.ts';
import { named } from './named.ts';

const nanoseconds = () => z.int().min(0).max(9_007_199_254_740_991);

const poll = z.object({
  maxNanoseconds: nanoseconds().describe('Longest time that it looks for work before it sleeps; 0 is none.').optional(),
  grow: nanoseconds().describe('Factor by which that time grows.').optional(),
  shrink: nanoseconds().describe('Divisor by which it shrinks.').optional(),
});

const threads = (what: string) => z.int().min(0).max(0x7fffffff).describe(what).optional();

export const iothread = z.object({
  ...named,
  cpuset: cpuSet().describe('Host CPUs that it may run on.').optional(),
  poolMin: threads('Fewest helper threads.'),
  poolMax: threads('Most helper threads.'),
  poll: poll.describe('How it waits for work.').optional(),
});
