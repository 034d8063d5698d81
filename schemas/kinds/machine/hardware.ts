import * as z from 'zod';
import { exactlyOneOf } from '../../types/exactly-one.ts';
import { listAtomic } from '../../types/list-map.ts';
import { qemuWord } from '../../types/primitives.ts';
import { reference } from '../../types/reference.ts';
import { firmware } from './firmware.ts';

const smbiosText = () =>
  z
    .string()
    .max(256)
    .regex(/^[^\n\r\0]*$/);

const kernelBoot = z
  .object({
    image: reference('VirtualMachineImage').describe('Image with the kernel, used byte for byte (format raw).'),
    initrd: reference('VirtualMachineImage')
      .describe('Image with the initial RAM disk, used byte for byte (format raw).')
      .optional(),
    commandLine: z
      .string()
      .max(2048)
      .regex(/^[^\n\r\0]*$/)
      .describe('Kernel command line.')
      .optional(),
  })
  .describe('Boot this kernel directly, without a boot loader.');

const boot = exactlyOneOf(
  z.object({
    order: listAtomic(
      z
        .array(z.enum(['disk', 'cdrom', 'network', 'floppy']))
        .min(1)
        .max(4),
    )
      .describe(
        'Classes of devices in the order in which they are tried, for devices without a bootOrder of their own.',
      )
      .optional(),
    kernel: kernelBoot.optional(),
  }),
  ['order', 'kernel'],
).describe('What the machine boots; its disks in their order where nothing is given.');

const smbios = z
  .object({
    manufacturer: smbiosText().describe('System manufacturer.').optional(),
    product: smbiosText().describe('System product name.').optional(),
    version: smbiosText().describe('System version.').optional(),
    serial: smbiosText().describe('System serial number.').optional(),
    uuid: z
      .string()
      .length(36)
      .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/)
      .describe("System UUID as the guest sees it; the object's uid where none is given.")
      .optional(),
    sku: smbiosText().describe('System SKU number.').optional(),
    family: smbiosText().describe('System family.').optional(),
  })
  .describe('SMBIOS type 1, what dmidecode shows as system information.');

const clock = z
  .object({
    base: z
      .enum(['UTC', 'LocalTime'])
      .default('UTC')
      .describe('What the real-time clock shows at start: UTC, or local time as Windows expects.'),
    driftFix: z.enum(['None', 'Slew']).default('None').describe('What to do with timer ticks that the guest missed.'),
    hpet: z.boolean().default(true).describe('Offer a high precision event timer.'),
  })
  .describe('Clock and timers.');

const features = z
  .object({
    acpi: z.boolean().default(true).describe('ACPI; without it the guest cannot be asked to shut down.'),
    smm: z.boolean().describe("System management mode; the machine type's default where nothing is given.").optional(),
    vmCoreInfo: z.boolean().default(false).describe('Offer the guest a place to describe its crash dump.'),
    hyperV: listAtomic(
      z
        .array(
          z.enum([
            'relaxed',
            'vapic',
            'spinlocks',
            'vpindex',
            'runtime',
            'synic',
            'stimer',
            'reset',
            'frequencies',
            'reenlightenment',
            'tlbflush',
            'ipi',
            'evmcs',
            'time',
          ]),
        )
        .max(32),
    )
      .describe('Hyper-V enlightenments to offer, for Windows guests under KVM.')
      .optional(),
  })
  .describe('Features of the machine that the guest can see.');

/** The computer's board: architecture, machine type, firmware, what it boots, what it tells the guest about itself. */
export const machine = z.object({
  architecture: z
    .enum(['x86_64', 'aarch64', 'riscv64', 's390x', 'ppc64'])
    .default('x86_64')
    .describe('Instruction set.'),
  type: qemuWord()
    .default('q35')
    .describe(
      'Machine type: a family (q35, pc), which is pinned to its newest version at the first start, or one version (pc-q35-7.2).',
    ),
  hotPlugPorts: z
    .int()
    .min(0)
    .max(32)
    .describe('PCIe ports that a q35 board keeps free for what is plugged in while running; 4 where nothing is given.')
    .optional(),
  firmware: firmware.optional(),
  boot: boot.optional(),
  smbios: smbios.optional(),
  clock: clock.optional(),
  features: features.optional(),
});
