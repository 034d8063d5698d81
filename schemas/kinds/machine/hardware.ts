import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { hostPath, qemuWord } from '../../types/primitives.ts';
import { reference } from '../../types/reference.ts';
import { clock } from './clock.ts';
import { features } from './features.ts';
import { firmware } from './firmware.ts';
import { power } from './power.ts';
import { firmwareConfig, smbios } from './smbios.ts';

const kernelBoot = z
  .object({
    image: reference('VirtualMachineImage').describe('Image with the kernel, used byte for byte (format raw).'),
    deviceTree: reference('VirtualMachineImage')
      .describe('Image with the device tree, used byte for byte (format raw).')
      .optional(),
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

const acpiTable = z.object({
  signature: z
    .string()
    .length(4)
    .regex(/^[A-Z]{4}$/)
    .describe('Signature, such as SLIC; the file has its own header where nothing is given.')
    .optional(),
  path: hostPath().describe('File on the node, in a folder that its administrator allows.'),
});

const menu = z.object({
  enabled: z.boolean().describe('Whether the firmware lets a person choose.'),
  timeoutMilliseconds: z.int().min(0).max(65535).describe('How long it waits for that.').optional(),
});

const boot = z
  .object({
    order: listAtomic(
      z
        .array(z.enum(['disk', 'cdrom', 'network', 'floppy']))
        .min(1)
        .max(4),
    )
      .describe(
        'Classes of devices in the order in which they are tried, the first device of each, where none has a bootOrder of its own.',
      )
      .optional(),
    kernel: kernelBoot.optional(),
    menu: menu.describe("The firmware's menu.").optional(),
    acpiTables: listAtomic(z.array(acpiTable).max(16)).describe('Tables that are added to those of ACPI.').optional(),
  })
  .describe('What the machine boots; its disks in their order where nothing is given.');

/** The computer's board: architecture, machine type, firmware, what it boots, what it tells the guest about itself. */
export const machine = z.object({
  architecture: z
    .enum(['x86_64', 'aarch64', 'riscv64', 's390x', 'ppc64'])
    .default('x86_64')
    .describe('Instruction set.'),
  accelerator: z
    .enum(['kvm', 'tcg'])
    .describe('KVM alone, or emulation alone; KVM where it works and emulation elsewhere where nothing is given.')
    .optional(),
  type: qemuWord()
    .default('q35')
    .describe(
      'Machine type: a family (q35, pc), which is pinned to its newest version at the first start, or one version (pc-q35-7.2).',
    ),
  generationId: z
    .string()
    .length(36)
    .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/)
    .describe('Generation that the guest sees, which says whether it was put back to an earlier time.')
    .optional(),
  hotPlugPorts: z
    .int()
    .min(0)
    .max(32)
    .describe(
      'PCIe ports that a q35 board keeps free for what is plugged in while running; where nothing is given 4, and none on a board that has no other port.',
    )
    .optional(),
  firmware: firmware.optional(),
  boot: boot.optional(),
  smbios: smbios.optional(),
  clock: clock.optional(),
  features: features.optional(),
  power: power.optional(),
  firmwareConfig: firmwareConfig.optional(),
});
