import * as z from 'zod';
import { listMap } from '../../types/list-map.ts';
import { cpuSet, qemuWord } from '../../types/primitives.ts';
import { withRule } from '../../types/rule.ts';

const MAX_VCPUS = 1024;

const count = (max: number) => z.int().min(1).max(max);

const feature = z.object({
  name: qemuWord().describe('Name of the feature as qemu spells it, such as avx2.'),
  policy: z
    .enum(['Force', 'Require', 'Optional', 'Disable', 'Forbid'])
    .default('Require')
    .describe('Whether the guest gets the feature (Force, Require, Optional) or never sees it (Disable, Forbid).'),
});

const pin = z.object({
  vcpu: z
    .int()
    .min(0)
    .max(MAX_VCPUS - 1)
    .describe('Number of the virtual CPU, from 0.'),
  cpuset: cpuSet().describe('Host CPUs that it may run on, as in 0-3,7.'),
});

const physicalBits = z.object({
  mode: z.enum(['Emulate', 'Passthrough']).describe('A number of its own, or that of the host.'),
  bits: z.int().min(1).max(64).describe('Number of bits.').optional(),
  limit: z.int().min(1).max(64).describe('Most bits that are taken over from the host.').optional(),
});

const cache = z.object({
  mode: z.enum(['Emulate', 'Passthrough', 'Disable']).describe('Of the model, that of the host, or none.'),
  level: z.int().min(1).max(3).describe('Level; all where nothing is given.').optional(),
});

const topology = z.object({
  sockets: count(MAX_VCPUS).default(1).describe('CPU sockets.'),
  dies: count(64).describe('Dies per socket; one where nothing is given.').optional(),
  clusters: count(64).describe('Clusters per die; one where nothing is given.').optional(),
  cores: count(256).default(1).describe('Cores per socket.'),
  threads: count(8).default(1).describe('Threads per core.'),
  vcpus: count(MAX_VCPUS)
    .describe('Virtual CPUs that there are at the start; all of the topology where nothing is given.')
    .optional(),
  maxVcpus: count(MAX_VCPUS)
    .describe('Virtual CPUs that can be plugged in while running; as many as there are where nothing is given.')
    .optional(),
  model: qemuWord()
    .describe("CPU model as qemu names it; the host's own under KVM, qemu's fullest (max) otherwise.")
    .optional(),
  features: listMap(z.array(feature).max(128), 'name').describe('CPU features to require or to hide.').optional(),
  migratable: z
    .boolean()
    .describe("Leave out what a guest could not migrate with; qemu's default where nothing is given.")
    .optional(),
  vendorId: z
    .string()
    .length(12)
    .regex(/^[^,\n\r\0]*$/)
    .describe('Vendor that the guest sees, twelve characters.')
    .optional(),
  physicalBits: physicalBits.describe('Bits of a physical address.').optional(),
  cache: cache.describe('Cache that the guest sees.').optional(),
  pinning: listMap(z.array(pin).max(MAX_VCPUS), 'vcpu').describe('Host CPUs for each virtual CPU.').optional(),
});

type Counts = Pick<z.output<typeof topology>, 'sockets' | 'dies' | 'clusters' | 'cores' | 'threads'>;

const product = ({ sockets, dies = 1, clusters = 1, cores, threads }: Counts): number =>
  sockets * dies * clusters * cores * threads;

const PRODUCT = ['sockets', 'dies', 'clusters', 'cores', 'threads']
  .map((part) => `(has(self.${part}) ? self.${part} : 1)`)
  .join(' * ');

export const cpu = withRule(
  withRule(
    withRule(
      topology,
      {
        rule: `${PRODUCT} <= ${MAX_VCPUS}`,
        message: `sockets × dies × clusters × cores × threads must be at most ${MAX_VCPUS}`,
      },
      (value) => product(value) <= MAX_VCPUS,
    ),
    {
      rule: `!has(self.maxVcpus) || self.maxVcpus >= ${PRODUCT}`,
      message: 'maxVcpus must be at least sockets × dies × clusters × cores × threads',
    },
    (value) => value.maxVcpus === undefined || value.maxVcpus >= product(value),
  ),
  {
    rule: `!has(self.vcpus) || self.vcpus <= ${PRODUCT}`,
    message: 'vcpus must be at most sockets × dies × clusters × cores × threads',
  },
  (value) => value.vcpus === undefined || value.vcpus <= product(value),
);
