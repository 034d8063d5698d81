import * as z from 'zod';
import { listAtomic, listMap } from '../../types/list-map.ts';
import { cpuSet, hostPath } from '../../types/primitives.ts';
import { boundedSize } from '../../types/quantity.ts';
import { withRule } from '../../types/rule.ts';
import { parseSize } from '../../types/size.ts';
import { address } from './address.ts';
import { named } from './devices/named.ts';

const size = () => boundedSize('1Mi', '16Ti');

/** Where memory comes from on a host with several nodes. Source: https://libvirt.org/formatdomain.html#numa-node-tuning */
export const hostMemory = {
  hostNodes: cpuSet().describe('Host NUMA nodes that the memory comes from.').optional(),
  hostPolicy: z
    .enum(['Strict', 'Preferred', 'Interleave', 'Restrictive'])
    .describe('How it is taken from them; only from them (Strict) where nothing is given.')
    .optional(),
};

const pageSize = () => z.enum(['4Ki', '2Mi', '1Gi']);

const hugepages = z.object({
  pageSize: pageSize().default('2Mi').describe('Page size; the host must have such pages reserved.'),
  cells: listAtomic(
    z
      .array(
        z.object({
          cells: cpuSet().describe('Numbers of NUMA cells of the guest.'),
          pageSize: pageSize().describe('Page size of their memory.'),
        }),
      )
      .max(64),
  )
    .describe('Cells with pages of another size.')
    .optional(),
});

const backing = z.object({
  source: z.enum(['Anonymous', 'Memfd', 'File']).default('Anonymous').describe('Where the memory lives on the host.'),
  shared: z
    .boolean()
    .describe('Shared with other processes, as virtiofs and vhost-user need it; not where nothing is given.')
    .optional(),
  locked: z.boolean().default(false).describe('Never swapped out.'),
  merge: z.boolean().describe('Whether the host may merge equal pages; as it does where nothing is given.').optional(),
  discard: z.boolean().describe('Throw the content away before the memory is given back.').optional(),
  allocation: z
    .enum(['Immediate', 'OnDemand'])
    .describe('Whether all of it is taken at the start; as the guest uses it where nothing is given.')
    .optional(),
  hostPlacement: z
    .enum(['Automatic'])
    .describe('The node chooses the host nodes when the machine starts, in place of hostNodes: those that have memory.')
    .optional(),
  allocationThreads: z.int().min(1).max(1024).describe('Threads that take it at the start.').optional(),
  ...hostMemory,
});

const sized = (what: string) => boundedSize('1Ki', '16Ti').describe(what).optional();

/** libvirt's `<memory model=…>`: https://libvirt.org/formatdomain.html#memory-devices */
const device = z.object({
  ...named,
  model: z.enum(['dimm', 'nvdimm', 'virtio-mem', 'virtio-pmem']).describe('What the guest sees.'),
  size: size().describe('Size.'),
  cell: z.int().min(0).max(255).describe('NUMA cell of the guest that it belongs to.').optional(),
  path: hostPath().describe('File or device of the node that the memory is.').optional(),
  shared: z.boolean().describe('Shared with other processes; as the other memory where nothing is given.').optional(),
  discard: z.boolean().describe('Throw the content away before the memory is given back.').optional(),
  pageSize: z.enum(['2Mi', '1Gi']).describe('Page size; the host must have such pages reserved.').optional(),
  alignment: sized('Alignment of the file in memory.'),
  persistent: z.boolean().describe('The file is on persistent memory.').optional(),
  readOnly: z.boolean().describe('The guest cannot write.').optional(),
  labelSize: sized('Size of the label area of an NVDIMM.'),
  uuid: z
    .string()
    .length(36)
    .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/)
    .describe('UUID of an NVDIMM.')
    .optional(),
  blockSize: sized('Size of the blocks in which virtio-mem comes and goes.'),
  requested: boundedSize('0', '16Ti').describe('How much of its size the guest is given.').optional(),
  dynamicSlots: z.boolean().describe('Take slots for memory as they are needed.').optional(),
  slot: z.int().min(0).max(255).describe('Slot of a DIMM; the next one where nothing is given.').optional(),
  base: z
    .string()
    .max(18)
    .regex(/^0x[0-9a-f]{1,16}$/)
    .describe('Address in the memory of the guest.')
    .optional(),
  ...hostMemory,
  address: address('pci'),
});

const sizes = withRule(
  z.object({
    size: size().describe('Memory that the guest has, such as 2Gi.'),
    current: boundedSize('1Ki', '16Ti')
      .describe('What the balloon leaves of it, DIMMs included; all of it where nothing is given. Changes live.')
      .optional(),
    max: boundedSize('1Mi', '8Ei')
      .describe('Memory that it can be given while running; not less than size.')
      .optional(),
    slots: z.int().min(0).max(256).describe('Slots for memory that is plugged in; 16 where max is given.').optional(),
    dump: z.boolean().describe('Whether the memory is in core dumps of qemu; not where nothing is given.').optional(),
    hugepages: hugepages.describe("Take the memory from the host's huge pages.").optional(),
    backing: backing.describe('How the host provides the memory.').optional(),
    devices: listMap(z.array(device).max(256), 'name').describe('Memory beside size, as devices.').optional(),
  }),
  {
    rule: '!has(self.current) || has(self.devices) || quantity(string(self.current)).compareTo(quantity(string(self.size))) <= 0',
    message: 'current must be at most size',
  },
  ({ current, devices, size: all }) =>
    current === undefined || devices !== undefined || parseSize(current) <= parseSize(all),
);

export const memory = withRule(
  sizes,
  {
    rule: '!has(self.max) || quantity(string(self.max)).compareTo(quantity(string(self.size))) >= 0',
    message: 'max must be at least size',
  },
  (value) => value.max === undefined || parseSize(value.max) >= parseSize(value.size),
);
