import * as z from 'zod';
import { exactlyOneOf } from '../../types/exactly-one.ts';
import { listAtomic } from '../../types/list-map.ts';
import { cpuSet, hostPath } from '../../types/primitives.ts';
import { boundedSize } from '../../types/quantity.ts';

const period = (what: string) => z.int().min(1000).max(1_000_000).describe(what).optional();
const quota = (what: string) => z.int().min(-1).max(9_007_199_254_740_991).describe(what).optional();
const limit = (what: string) => boundedSize('0', '8Ei').describe(what).optional();
const threads = (what: string) => z.int().min(0).max(0x7fffffff).describe(what).optional();
const rate = (what: string) => z.int().min(0).max(9_007_199_254_740_991).describe(what).optional();

const scheduler = exactlyOneOf(
  z.object({
    vcpus: cpuSet().describe('Numbers of virtual CPUs.').optional(),
    iothreads: cpuSet().describe('Numbers of IO threads.').optional(),
    emulator: z.object({}).describe("qemu's other threads.").optional(),
    policy: z.enum(['batch', 'idle', 'fifo', 'rr']).describe("The kernel's scheduling policy."),
    priority: z.int().min(1).max(99).describe('Priority of fifo and rr.').optional(),
  }),
  ['vcpus', 'iothreads', 'emulator'],
);

const ioDevice = z.object({
  path: hostPath().describe('Block device of the node.'),
  weight: z.int().min(0).max(1000).describe('Weight on it.').optional(),
  readBytesPerSecond: rate('Limit of reads.'),
  writeBytesPerSecond: rate('Limit of writes.'),
  readIops: rate('Limit of reads a second.'),
  writeIops: rate('Limit of writes a second.'),
});

/** Source: https://libvirt.org/formatdomain.html#cpu-tuning, #memory-tuning, #block-i-o-tuning */
export const tuning = z.object({
  cpuShares: z.int().min(0).max(262_144).describe('Weight among machines; 1024 where nothing is given.').optional(),
  globalPeriodMicroseconds: period('Period of the limit for all threads.'),
  globalQuotaMicroseconds: quota('CPU time of all threads in a period; -1 is no limit.'),
  vcpuPeriodMicroseconds: period('Period of the limit for each virtual CPU.'),
  vcpuQuotaMicroseconds: quota('CPU time of a virtual CPU in a period; -1 is no limit.'),
  emulatorPeriodMicroseconds: period("Period of the limit for qemu's other threads."),
  emulatorQuotaMicroseconds: quota("CPU time of qemu's other threads in a period; -1 is no limit."),
  iothreadPeriodMicroseconds: period('Period of the limit for each IO thread.'),
  iothreadQuotaMicroseconds: quota('CPU time of an IO thread in a period; -1 is no limit.'),
  emulatorCpus: cpuSet().describe("Host CPUs for qemu's other threads.").optional(),
  emulatorPoolMin: threads("Fewest helper threads of qemu's main loop."),
  emulatorPoolMax: threads("Most helper threads of qemu's main loop."),
  schedulers: listAtomic(z.array(scheduler).max(64)).describe('Scheduling of threads.').optional(),
  memoryHardLimit: limit('Most memory of the host that the machine takes, qemu itself included.'),
  memorySoftLimit: limit('Memory to which it is pushed back where the host has little.'),
  swapHardLimit: limit('Most memory and swap together.'),
  memoryGuarantee: limit('Memory that it keeps in any case.'),
  ioWeight: z.int().min(10).max(1000).describe('Weight of its disk accesses among machines.').optional(),
  ioDevices: listAtomic(z.array(ioDevice).max(64)).describe('Weights and limits on single devices.').optional(),
});
