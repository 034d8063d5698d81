import * as z from 'zod';
import { exactlyOneOf } from '../../types/exactly-one.ts';
import { listMap } from '../../types/list-map.ts';
import { cpuSet, hostPath, localName } from '../../types/primitives.ts';
import { boundedSize } from '../../types/quantity.ts';

const named = { name: localName().describe('Name of the device inside this machine.') };

const list = <S extends z.ZodType>(item: S, max: number) => z.array(item).max(max);

/** A list of devices merged by name. Left out: the default devices; empty: none. */
const devices = <S extends z.ZodType>(item: S, max: number) => listMap(list(item, max), 'name');

const graphic = exactlyOneOf(
  z.object({
    ...named,
    vnc: z.object({}).describe('VNC, on a unix socket that only the executor reaches.').optional(),
    spice: z.object({}).describe('SPICE, on a unix socket that only the executor reaches.').optional(),
  }),
  ['vnc', 'spice'],
);

const video = z.object({
  ...named,
  model: z.enum(['vga', 'virtio', 'qxl', 'cirrus', 'bochs', 'ramfb']).default('vga').describe('Graphics card.'),
});

const serial = z.object({
  ...named,
  type: z
    .enum(['isa', 'pci', 'usb'])
    .default('isa')
    .describe('Serial port. The first one is the console that vmctl shows and logs.'),
});

const console = z.object({
  ...named,
  type: z.enum(['virtio']).default('virtio').describe('Paravirtual console (hvc0 in the guest).'),
});

const channel = exactlyOneOf(
  z.object({
    ...named,
    agent: z.object({}).describe('QEMU guest agent (org.qemu.guest_agent.0).').optional(),
    port: z
      .object({
        name: z
          .string()
          .min(1)
          .max(128)
          .regex(/^[A-Za-z0-9._-]+$/)
          .describe('Name of the port as the guest sees it.'),
      })
      .describe("A virtio-serial port of the guest's own, on a unix socket.")
      .optional(),
  }),
  ['agent', 'port'],
);

const input = z.object({
  ...named,
  type: z.enum(['tablet', 'mouse', 'keyboard']).default('tablet').describe('Kind of input.'),
  bus: z.enum(['usb', 'virtio', 'ps2']).default('usb').describe('How it is attached.'),
});

const sound = z.object({
  ...named,
  model: z.enum(['ich9', 'ich6', 'ac97', 'usb']).default('ich9').describe('Sound card.'),
});

const rng = z.object({
  ...named,
  source: z
    .enum(['/dev/urandom', '/dev/random', '/dev/hwrng', 'Builtin'])
    .default('/dev/urandom')
    .describe('Where the randomness comes from.'),
  maxBytesPerSecond: z.int().min(1).max(1_000_000_000).describe('Limit of randomness given to the guest.').optional(),
});

const watchdog = z.object({
  model: z.enum(['i6300esb', 'ib700', 'itco']).default('i6300esb').describe('Watchdog device.'),
  action: z
    .enum(['Reset', 'Shutdown', 'PowerOff', 'Pause', 'None', 'InjectNMI'])
    .default('Reset')
    .describe('What happens when the guest stops feeding it.'),
});

const tpm = z.object({
  model: z.enum(['tis', 'crb']).default('crb').describe('Interface of the TPM.'),
  version: z.enum(['2.0', '1.2']).default('2.0').describe('Version of the TPM; swtpm emulates it.'),
});

const vsock = z.object({
  cid: z.int().min(3).max(4294967294).describe('Context identifier; one is chosen where nothing is given.').optional(),
});

const balloon = z.object({
  enabled: z.boolean().default(true).describe('Offer a balloon, through which memory.size changes while running.'),
  freePageReporting: z.boolean().default(true).describe('Give pages that the guest does not use back to the host.'),
  deflateOnOom: z.boolean().default(true).describe('Give memory back to a guest that runs out of it.'),
});

const panic = z.object({
  enabled: z.boolean().default(true).describe('Offer the device.'),
  model: z
    .enum(['isa', 'pci', 'hyperv'])
    .default('isa')
    .describe('Device through which a guest reports that it crashed.'),
});

const hostDevice = exactlyOneOf(
  z.object({
    ...named,
    pci: z
      .object({
        address: z
          .string()
          .max(12)
          .regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/)
          .describe('PCI address on the host, 0000:65:00.0.'),
      })
      .describe('A PCI device, through VFIO.')
      .optional(),
    usb: z
      .object({
        vendor: z
          .string()
          .length(4)
          .regex(/^[0-9a-f]{4}$/)
          .describe('Vendor, four hexadecimal digits.'),
        product: z
          .string()
          .length(4)
          .regex(/^[0-9a-f]{4}$/)
          .describe('Product, four hexadecimal digits.'),
      })
      .describe('A USB device.')
      .optional(),
    mdev: z
      .object({ uuid: z.string().length(36).describe('UUID of the mediated device.') })
      .describe('A mediated device, such as a vGPU.')
      .optional(),
  }),
  ['pci', 'usb', 'mdev'],
);

const filesystem = z.object({
  ...named,
  type: z.enum(['virtiofs', '9p']).default('virtiofs').describe('How the folder is shared.'),
  path: hostPath().describe('Folder on the node.'),
  tag: z
    .string()
    .min(1)
    .max(36)
    .regex(/^[A-Za-z0-9_.-]+$/)
    .describe('Tag that the guest mounts.'),
  readOnly: z.boolean().default(false).describe('The guest cannot write.'),
});

const controller = z.object({
  ...named,
  type: z
    .enum(['scsi', 'usb', 'virtio-serial', 'sata', 'ide', 'pci-bridge', 'pcie-root-port'])
    .describe('What the controller carries.'),
  model: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9_.-]+$/)
    .describe('Model as qemu names it.')
    .optional(),
  iothread: localName().describe('IO thread that serves it.').optional(),
});

const iothread = z.object({ ...named, cpuset: cpuSet().describe('Host CPUs that it may run on.').optional() });

const numaCell = z.object({
  ...named,
  cpus: cpuSet().describe('Virtual CPUs of the cell.'),
  memory: boundedSize('1Mi', '16Ti').describe('Memory of the cell.'),
  hostNodes: cpuSet().describe('Host NUMA nodes that the memory comes from.').optional(),
});

export const deviceFields = {
  graphics: devices(graphic, 4)
    .describe('Displays; one VNC display where nothing is given, none where the list is empty.')
    .optional(),
  video: devices(video, 4).describe('Graphics cards; one where there is a display and nothing is given.').optional(),
  serials: devices(serial, 4)
    .describe('Serial ports; one where nothing is given, none where the list is empty.')
    .optional(),
  consoles: devices(console, 4).describe('Paravirtual consoles.').optional(),
  channels: devices(channel, 16)
    .describe("Channels to the guest; the guest agent's where nothing is given.")
    .optional(),
  inputs: devices(input, 8)
    .describe(
      'Input devices beside the PS/2 keyboard and mouse; a USB tablet where there is a display and nothing is given.',
    )
    .optional(),
  sound: devices(sound, 2).describe('Sound cards.').optional(),
  rng: devices(rng, 4).describe('Sources of randomness; one where nothing is given.').optional(),
  watchdog: watchdog.describe('Watchdog.').optional(),
  tpm: tpm.describe('Trusted platform module.').optional(),
  vsock: vsock.describe('Socket between guest and host.').optional(),
  balloon: balloon.describe('Memory balloon; there is one where nothing is given.').optional(),
  panic: panic.describe('Panic device; there is an ISA one where nothing is given.').optional(),
  hostDevices: devices(hostDevice, 32).describe('Devices of the node that the guest gets for itself.').optional(),
  filesystems: devices(filesystem, 16).describe('Folders of the node that the guest sees.').optional(),
  controllers: devices(controller, 64).describe('Controllers beside those that the devices bring along.').optional(),
  iothreads: devices(iothread, 64).describe('Threads that serve disks beside the main loop.').optional(),
  numa: devices(numaCell, 64).describe('NUMA cells that the guest sees.').optional(),
};
