import { FORMATS } from '../../schemas/kinds/machine/disk/location.ts';
import { alias, aside, chosen, items, one } from '../table/children.ts';
import { sweep } from '../table/read.ts';
import { fieldOf, ignored, refused, same, selector } from '../table/rule.ts';
import { where, within } from '../table/scoped.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { matching, text } from '../values/texts.ts';
import { onOff, presence, wordOf, yesNo } from '../values/words.ts';
import { attributeOf, childAttribute, childOf, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import { driver } from './disk-driver.ts';
import { iotune } from './disk-iotune.ts';
import { backingStore, format } from './disk-layer.ts';
import { auth, encryption } from './disk-secrets.ts';
import { sourceTable } from './disk-source.ts';
import { type DiskDraft, type DomainDraft, emptyLayer, type LayerDraft, type PlaceType } from './draft.ts';
import { virtioModels } from './virtio.ts';

const disk = fieldOf<DiskDraft>();

/** A child of the disk that says something of its source. */
const ofSource = (child: Child<LayerDraft>): Child<DiskDraft> => within(({ source }) => source, child);

/** What libvirt reads beside `<source>` as well as in it, but not in both. */
const either = (child: Child<LayerDraft>): Child<DiskDraft> => ({
  ...where(({ everyForm }) => everyForm, ofSource(child)),
  read: (node, scope, reading) => {
    const source = node.parent && childOf(node.parent, 'source');
    return source && childOf(source, node.name)
      ? sweep(node, refused(`is in <source> too; write it once`), reading)
      : child.read(node, scope.source, reading);
  },
});

const formats: Readonly<Record<PlaceType, object>> = {
  ...Object.fromEntries(
    (['file', 'block', 'dir', 'network', 'nvme', 'vhostuser', 'vhostvdpa'] as const).map((type) => [
      type,
      {
        type: {
          ...format,
          take: ({ source }: DiskDraft, word: string) => format.take(source, word),
          give: ({ source }: DiskDraft) => format.give(source),
        },
      },
    ]),
  ),
  empty: { type: ignored('the drive is empty', wordOf(...FORMATS)) },
  volume: { type: ignored('the disk object knows its format', wordOf('qcow2', 'raw')) },
} as Record<PlaceType, object>;

const target: ElementTable<DiskDraft> = {
  attributes: {
    dev: disk('dev', matching(/^(fd|hd|sd|vd|xvd|ubd)[a-z]+$/, 'name such as vda'), { field: 'spec.name' }),
    bus: disk('spec.bus', wordOf('virtio', 'scsi', 'sata', 'ide', 'usb', 'fdc')),
    tray: ignored('a drive starts closed where it has a medium', wordOf('open', 'closed')),
    removable: disk('spec.removable', onOff),
    rotation_rate: disk('spec.rotationRate', whole(1, 65534)),
    dpofua: disk('spec.dpofua', onOff),
  },
};

const readOnly = (node: XmlElement): Choice<DiskDraft> =>
  attributeOf(node.parent ?? node, 'device') === 'cdrom'
    ? { present: same('a CD-ROM is read-only', '') }
    : { present: disk('spec.readOnly', presence) };

const geometry = one<DiskDraft>({
  attributes: {
    cyls: disk('spec.geometry.cylinders', whole(1)),
    heads: disk('spec.geometry.heads', whole(1)),
    secs: disk('spec.geometry.sectors', whole(1)),
    trans: disk('spec.geometry.translation', wordOf('none', 'lba', 'auto')),
  },
});

const blockio = one<DiskDraft>({
  attributes: {
    logical_block_size: disk('spec.blockIo.logicalBlockSize', whole()),
    physical_block_size: disk('spec.blockIo.physicalBlockSize', whole()),
    discard_granularity: disk('spec.blockIo.discardGranularity', whole()),
  },
});

const REMEMBERED = 'what libvirt remembers of a running machine';
const OTHERS = 'what snapshots of a disk are by themselves is decided when they are taken';
const NOT_KEPT = 'disks whose writes are forgotten are not supported; take a snapshot, and revert to it';

const NOBODY = 'files and devices of the node ask for no password, and a pool says who asks for its volumes';
const nobody = one<DiskDraft>({
  attributes: { username: ignored(NOBODY, text(255)) },
  children: {
    secret: one({
      attributes: {
        type: ignored(NOBODY, wordOf('ceph', 'iscsi')),
        usage: ignored(NOBODY, text(255)),
        uuid: ignored(NOBODY, text(36)),
      },
    }),
  },
});

const table = (type: PlaceType): ElementTable<DiskDraft> => ({
  attributes: {
    type:
      type === 'empty'
        ? ignored('the drive is empty', wordOf('file', 'block', 'dir', 'network', 'volume'))
        : selector(type, 'spec'),
    device: disk('spec.device', wordOf('disk', 'cdrom', 'floppy', 'lun')),
    model: disk('spec.model', virtioModels),
    snapshot: ignored(OTHERS, wordOf('internal', 'external', 'no', 'manual')),
    rawio: disk('spec.rawIo', yesNo),
    sgio: same('the host lets through what it lets through', 'filtered'),
  },
  children: {
    driver: one(driver(formats[type] as ElementTable<DiskDraft>['attributes'])),
    auth: type === 'network' ? either(auth) : nobody,
    source: ofSource(one(sourceTable(type))),
    backingStore: ofSource(backingStore),
    privateData: aside({ whole: ignored(REMEMBERED) }),
    diskSecretsPlacement: aside({ whole: ignored(REMEMBERED) }),
    mirror: aside({ whole: ignored('the job of a running machine') }),
    target: one(target),
    geometry,
    blockio,
    iotune,
    readonly: chosen(readOnly, ({ spec }) =>
      spec.readOnly ? { present: disk('spec.readOnly', presence) } : undefined,
    ),
    shareable: one({ present: disk('spec.shareable', presence) }),
    transient: aside({ whole: refused(NOT_KEPT) }),
    serial: one({ text: disk('spec.serial', text(250)) }),
    wwn: one({ text: disk('spec.wwn', matching(/^[0-9a-fA-F]{16}$/, 'name of 16 hexadecimal digits')) }),
    vendor: one({ text: disk('spec.vendor', text(8)) }),
    product: one({ text: disk('spec.product', text(40)) }),
    encryption: either(encryption),
    boot: one({ attributes: { order: disk('spec.bootOrder', whole(1)) } }),
    alias,
    address: place<DiskDraft>('spec.address', 'pci', 'drive', 'usb'),
  },
});

const tables: Readonly<Record<PlaceType, ElementTable<DiskDraft>>> = {
  file: table('file'),
  block: table('block'),
  dir: table('dir'),
  network: table('network'),
  nvme: table('nvme'),
  vhostuser: table('vhostuser'),
  vhostvdpa: table('vhostvdpa'),
  volume: table('volume'),
  empty: table('empty'),
};

const PLACED = ['file', 'dev', 'dir', 'protocol', 'pool', 'namespace', 'path'];

/** A drive has no medium where `<source>` names none. */
function isEmpty(node: XmlElement): boolean {
  const source = childOf(node, 'source');
  return !source?.attributes.some(({ name, value }) => PLACED.includes(name) && value !== '');
}

const typeOf = (node: XmlElement): PlaceType =>
  isEmpty(node) ? 'empty' : ((attributeOf(node, 'type') ?? 'file') as PlaceType);

const deviceName = (node: XmlElement, count: number): string => childAttribute(node, 'target', 'dev') ?? `disk${count}`;

const { empty: _, ...filled } = tables;

/** `<disk>`: content that is used where it is. */
export const disks = items<DomainDraft, DiskDraft>({
  at: 'spec.disks',
  list: (draft) => draft.disks,
  make: (node, draft) => ({
    spec: { name: deviceName(node, draft.disks.length) },
    source: emptyLayer(typeOf(node)),
    everyForm: true,
  }),
  name: ({ spec }) => spec.name,
  table: (node) => (isEmpty(node) ? tables.empty : byAttribute<Choice<DiskDraft>>('type', filled, 'file')(node)),
  writes: ({ source }) => tables[source.type],
});
