import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { boundedSize } from '../../types/quantity.ts';

const flag = (what: string) => z.boolean().describe(what).optional();

/** Names of https://libvirt.org/formatdomain.html#hypervisor-features, which are qemu's with `hv-` before them. */
const enlightenment = z.enum([
  'relaxed',
  'vapic',
  'spinlocks',
  'vpindex',
  'runtime',
  'synic',
  'stimer',
  'stimer-direct',
  'reset',
  'frequencies',
  'reenlightenment',
  'tlbflush',
  'tlbflush-direct',
  'tlbflush-ext',
  'ipi',
  'avic',
  'evmcs',
  'emsr-bitmap',
  'xmm-input',
  'time',
]);

const kvm = z.object({
  hidden: flag('Hide from the guest that it runs under KVM.'),
  hintDedicated: flag('Tell the guest that its virtual CPUs have host CPUs of their own.'),
  pollControl: flag('Let the guest say how long the host waits for it before it sleeps.'),
  pvIpi: flag('Interrupts between virtual CPUs by hypercall.'),
  pvSpinLock: flag('Spin locks that give way to other virtual CPUs.'),
  endOfInterrupt: flag('Tell the host of the end of an interrupt without an exit.'),
  dirtyRingSize: z
    .int()
    .min(1024)
    .max(65536)
    .describe('Entries of the ring in which written pages are told, a power of two.')
    .optional(),
});

export const features = z
  .object({
    acpi: z.boolean().default(true).describe('ACPI; without it the guest cannot be asked to shut down.'),
    smm: flag("System management mode; the machine type's default where nothing is given."),
    smmMemory: boundedSize('1Mi', '64Mi')
      .describe('Memory for it at the top of what is below 4 GiB (TSEG).')
      .optional(),
    vmCoreInfo: z.boolean().default(false).describe('Offer the guest a place to describe its crash dump.'),
    ps2: flag('The PS/2 controller, with keyboard and mouse; the machine type has it where nothing is given.'),
    vmPort: flag("VMware's port; the machine type's default where nothing is given."),
    pmu: flag("Performance counters; the model's default where nothing is given."),
    ioApic: z.enum(['Kvm', 'Qemu']).describe('Who has the I/O APIC; KVM where nothing is given.').optional(),
    kvm: kvm.describe('What the guest is told by KVM.').optional(),
    translationCache: boundedSize('1Mi', '1Ti').describe('Size of the cache of emulated code.').optional(),
    asyncTeardown: flag('Free the memory of a machine that ended in the background.'),
    hyperV: listAtomic(z.array(enlightenment).max(32))
      .describe('Hyper-V enlightenments to offer, for Windows guests under KVM.')
      .optional(),
    hyperVPassthrough: flag('Offer all enlightenments that the host has.'),
    spinLockRetries: z
      .int()
      .min(4095)
      .max(0xffffffff)
      .describe('Tries before a spin lock gives way (hyperV spinlocks); 8191 where nothing is given.')
      .optional(),
    hyperVVendor: z
      .string()
      .min(1)
      .max(12)
      .regex(/^[^,\n\r\0]*$/)
      .describe('Vendor that Windows sees.')
      .optional(),
  })
  .describe('Features of the machine that the guest can see.');
