import * as z from 'zod';
import { boundedSize } from '../../types/quantity.ts';
import { withRule } from '../../types/rule.ts';
import { parseSize } from '../../types/size.ts';

const size = () => boundedSize('1Mi', '16Ti');

export const memory = withRule(
  z.object({
    size: size().describe('Memory that the guest has, such as 2Gi.'),
    max: size().describe('Memory that it can be given while running; not less than size.').optional(),
    hugepages: z
      .object({
        pageSize: z.enum(['2Mi', '1Gi']).default('2Mi').describe('Page size; the host must have such pages reserved.'),
      })
      .describe("Take the memory from the host's huge pages.")
      .optional(),
    backing: z
      .object({
        source: z
          .enum(['Anonymous', 'Memfd', 'File'])
          .default('Anonymous')
          .describe('Where the memory lives on the host.'),
        shared: z.boolean().default(false).describe('Shared with other processes, as virtiofs and vhost-user need it.'),
        locked: z.boolean().default(false).describe('Never swapped out.'),
      })
      .describe('How the host provides the memory.')
      .optional(),
  }),
  {
    rule: '!has(self.max) || quantity(string(self.max)).compareTo(quantity(string(self.size))) >= 0',
    message: 'max must be at least size',
  },
  (value) => value.max === undefined || parseSize(value.max) >= parseSize(value.size),
);
