import { alias, chosen, items, one } from '../table/children.ts';
import { fieldOf, ignored, refused, runtime, same, selector } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, matching, text } from '../values/texts.ts';
import { presence, wordOf } from '../values/words.ts';
import { attributeOf, childAttribute, childElements, type XmlElement } from '../xml/infoset.ts';
import { placement } from './address.ts';
import { iotune } from './disk-iotune.ts';
import type { DiskDraft, DomainDraft } from './draft.ts';

const disk = fieldOf<DiskDraft>();

const imageFormat = disk('libvirt.format', wordOf('qcow2', 'raw'), { field: 'VirtualMachineImage spec.format' });

const formats = {
  file: imageFormat,
  block: imageFormat,
  volume: ignored('the disk object knows its format', wordOf('qcow2', 'raw')),
} as const;

const driver = (type: keyof typeof formats): ElementTable<DiskDraft> => ({
  attributes: {
    name: same('qemu is the only driver', 'qemu'),
    type: formats[type],
    cache: disk('spec.cache', wordOf('none', 'writeback', 'writethrough', 'directsync', 'unsafe'), {
      unless: same('as the file system can', 'default'),
    }),
    io: disk('spec.io', wordOf('threads', 'native', 'io_uring')),
    discard: disk('spec.discard', wordOf('unmap', 'ignore')),
    detect_zeroes: ignored('zeroes are written as they come', wordOf('on', 'off', 'unmap')),
  },
});

const target: ElementTable<DiskDraft> = {
  attributes: {
    dev: disk('libvirt.dev', matching(/^(fd|hd|sd|vd|xvd|ubd)[a-z]+$/, 'name such as vda'), { field: 'spec.name' }),
    bus: disk('spec.bus', wordOf('virtio', 'scsi', 'sata', 'ide', 'usb', 'fdc')),
    tray: same('the tray is closed', 'closed'),
  },
};

const UNMOVABLE = 'the disk is an overlay on another file; flatten it (qemu-img convert) and name the copy';

/** An empty `<backingStore/>` says that the file stands alone. */
const backing = (node: XmlElement): Choice<DiskDraft> =>
  node.attributes.length === 0 && childElements(node).length === 0
    ? { present: same('the file stands alone', '') }
    : { whole: refused(UNMOVABLE) };

const readOnly = (node: XmlElement): Choice<DiskDraft> =>
  attributeOf(node.parent ?? node, 'device') === 'cdrom'
    ? { present: same('a CD-ROM is read-only', '') }
    : { present: disk('spec.readOnly', presence) };

const index = runtime('libvirt numbers the files of a running machine');

const path = (reason: string) =>
  disk('libvirt.path', hostPath, { field: 'VirtualMachineImage spec.source.file.path', reason });

const sources = {
  file: { attributes: { file: path('copied into the pool; the original is not touched'), index } },
  block: {
    attributes: { dev: path('copied into the pool, where the node may read the device; it is not touched'), index },
  },
  volume: {
    attributes: {
      pool: disk('libvirt.pool', matching(/^[^/\n]{1,255}$/, 'name of a pool'), { field: 'spec.disk.name' }),
      volume: disk('libvirt.volume', matching(/^[^/\n]{1,255}$/, 'name of a volume'), {
        field: 'spec.disk.name',
        reason: 'the VirtualMachineDisk must be there',
      }),
      index,
    },
  },
} satisfies Record<string, ElementTable<DiskDraft>>;

type SourceType = keyof typeof sources;

const table = (type: SourceType): ElementTable<DiskDraft> => ({
  attributes: {
    type: selector(type, 'spec'),
    device: disk('spec.device', wordOf('disk', 'cdrom', 'floppy')),
  },
  children: {
    driver: one(driver(type)),
    source: one(sources[type]),
    backingStore: chosen(backing),
    target: one(target),
    iotune,
    readonly: chosen(readOnly, ({ spec }) =>
      spec.readOnly ? { present: disk('spec.readOnly', presence) } : undefined,
    ),
    serial: one({ text: disk('spec.serial', text(36)) }),
    boot: one({ attributes: { order: disk('spec.bootOrder', whole(1)) } }),
    alias,
    address: placement('pci', 'drive', 'usb'),
  },
});

const tables = {
  file: table('file'),
  block: table('block'),
  volume: table('volume'),
  network: { whole: refused('disks on the network are not supported; copy them into a file') },
  dir: { whole: refused('folders as disks are not supported') },
  nvme: { whole: refused('NVMe devices of the host as disks are not supported') },
  vhostuser: { whole: refused('vhost-user disks are not supported') },
} satisfies Record<string, Choice<DiskDraft>>;

const deviceName = (node: XmlElement, count: number): string => childAttribute(node, 'target', 'dev') ?? `disk${count}`;

/** `<disk>`. A file or a device becomes an image and a disk made from it; a CD-ROM shows the image itself. */
export const disks = items<DomainDraft, DiskDraft>({
  at: 'spec.disks',
  list: (draft) => draft.disks,
  make: (node, draft) => ({
    spec: { name: deviceName(node, draft.disks.length) },
    libvirt: { type: (attributeOf(node, 'type') ?? 'file') as SourceType },
  }),
  name: ({ spec }) => spec.name,
  table: byAttribute<Choice<DiskDraft>>('type', tables, 'file'),
  writes: ({ libvirt }) => tables[libvirt.type],
});
