import * as z from 'zod';
import { listMap } from '../../types/list-map.ts';
import { cpuSet, qemuWord } from '../../types/primitives.ts';
import { withRule } from '../../types/rule.ts';

const MAX_VCPUS = 288;

const count = (max: number) => z.int().min(1).max(max);

const feature = z.object({
  name: qemuWord().describe('Name of the feature as qemu spells it, such as avx2.'),
  policy: z
    .enum(['Require', 'Disable'])
    .default('Require')
    .describe('Whether the guest gets the feature or never sees it.'),
});

const pin = z.object({
  vcpu: z
    .int()
    .min(0)
    .max(MAX_VCPUS - 1)
    .describe('Number of the virtual CPU, from 0.'),
  cpuset: cpuSet().describe('Host CPUs that it may run on, as in 0-3,7.'),
});

const topology = z.object({
  sockets: count(64).default(1).describe('CPU sockets.'),
  cores: count(256).default(1).describe('Cores per socket.'),
  threads: count(8).default(1).describe('Threads per core.'),
  maxVcpus: count(MAX_VCPUS)
    .describe('Virtual CPUs that can be plugged in while running; sockets × cores × threads where nothing is given.')
    .optional(),
  model: qemuWord()
    .describe("CPU model as qemu names it; the host's own under KVM, qemu's fullest (max) otherwise.")
    .optional(),
  features: listMap(z.array(feature).max(128), 'name').describe('CPU features to require or to hide.').optional(),
  pinning: listMap(z.array(pin).max(MAX_VCPUS), 'vcpu').describe('Host CPUs for each virtual CPU.').optional(),
});

export const cpu = withRule(
  withRule(
    topology,
    {
      rule: `(has(self.sockets) ? self.sockets : 1) * (has(self.cores) ? self.cores : 1) * (has(self.threads) ? self.threads : 1) <= ${MAX_VCPUS}`,
      message: `sockets × cores × threads must be at most ${MAX_VCPUS}`,
    },
    (value) => value.sockets * value.cores * value.threads <= MAX_VCPUS,
  ),
  {
    rule: '!has(self.maxVcpus) || self.maxVcpus >= (has(self.sockets) ? self.sockets : 1) * (has(self.cores) ? self.cores : 1) * (has(self.threads) ? self.threads : 1)',
    message: 'maxVcpus must be at least sockets × cores × threads',
  },
  (value) => value.maxVcpus === undefined || value.maxVcpus >= value.sockets * value.cores * value.threads,
);
