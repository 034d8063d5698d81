import type { Board } from '../board.ts';
import { diskDevice, iothreadObject } from '../identifiers.ts';
import type { Volume } from '../input.ts';
import { device } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { blockArguments, cachingOf, ownCaching, topNode } from './blockdev.ts';
import { bootIndexes } from './boot.ts';
import { servingController } from './controller.ts';
import { detailProperties, generation } from './disk/details.ts';
import { vhostUserChardev } from './disk/vhost-user.ts';
import { busOf, type Disk, type DiskBus } from './disk-bus.ts';
import { usbPlace } from './usb.ts';

type Attachment = { readonly driver: string; readonly [property: string]: unknown };
type Attach = (board: Board, disk: Disk) => Attachment;

const IDE_CHANNELS = 2;
const IDE_UNITS = 4;
const SATA_PORTS = 6;

/** Place of a disk on its bus. */
const unitOf = (board: Board, disk: Disk): number =>
  (disk.address?.drive ? (disk.address.drive.unit ?? 0) : undefined) ??
  board.units.unit(busOf(disk), diskDevice(disk.name));

const refuse = (disk: Disk, message: string): never => {
  throw new Refusal('DiskBus', `spec.disks[${disk.name}].bus`, message);
};

const checked = (disk: Disk, unit: number, units: number, what: string): number =>
  unit < units ? unit : refuse(disk, `${what} carries ${units} disks; put this one on virtio or scsi`);

const hdOrCd = (disk: Disk, prefix: string): string => `${prefix}-${disk.device === 'cdrom' ? 'cd' : 'hd'}`;

function scsiDriver(disk: Disk): string {
  if (disk.device === 'lun') return 'scsi-block';
  return hdOrCd(disk, 'scsi');
}

const turnOf = (board: Board, disk: Disk): number =>
  board.spec.disks.filter((other) => busOf(other) === busOf(disk)).findIndex(({ name }) => name === disk.name);

/** The thread that a disk names, else virtio disks take them in turn. */
function threadOf(board: Board, disk: Disk): { iothread?: string } {
  if (disk.iothreads) return {};
  const { iothreads } = board.spec;
  const named = iothreads.find(({ name }) => name === disk.iothread);
  if (disk.iothread !== undefined && !named) {
    throw new Refusal(
      'IothreadMissing',
      `spec.disks[${disk.name}].iothread`,
      `spec.iothreads has no ${disk.iothread}: add it, or name one of it`,
    );
  }
  const inTurn = disk.source ? undefined : iothreads[turnOf(board, disk) % iothreads.length];
  const thread = named ?? inTurn;
  return thread ? { iothread: iothreadObject(thread.name) } : {};
}

/** Controllers that know targets and no LUNs. */
const NARROW = ['lsilogic', 'am53c974', 'dc390'];

function scsiIdentity(board: Board, disk: Disk): { place: object; known: string | undefined } {
  const at = disk.address?.drive;
  if (!at) return { place: { channel: 0, 'scsi-id': unitOf(board, disk), lun: 0 }, known: undefined };
  const { controller = 0, bus = 0, target = 0, unit = 0 } = at;
  const model = board.controllers.find(({ type, index }) => type === 'scsi' && index === controller)?.model ?? '';
  if (model === 'lsilogic') return { place: { 'scsi-id': unit }, known: `drive-scsi${controller}-${bus}-${unit}` };
  return NARROW.includes(model)
    ? { place: { 'scsi-id': unit }, known: `drive-scsi${controller}-${bus}-${target}-${unit}` }
    : {
        place: { channel: bus, 'scsi-id': target, lun: unit },
        known: `drive-scsi${controller}-${bus}-${target}-${unit}`,
      };
}

/** A place that the spec names is libvirt's: LUNs of a target. Ours are targets of one LUN each. */
function scsiPlace(board: Board, disk: Disk): object {
  const { place, known } = scsiIdentity(board, disk);
  const id = disk.serial ?? known;
  return { ...place, ...(id && disk.device !== 'lun' && { device_id: id }) };
}

const ATTACH = {
  virtio: (board, disk) => ({
    driver: `${disk.source?.vhostUser ? 'vhost-user-blk-pci' : 'virtio-blk-pci'}${generation(disk.model)}`,
    ...board.pci(diskDevice(disk.name), 'port'),
    ...threadOf(board, disk),
  }),
  scsi: (board, disk) => ({
    driver: scsiDriver(disk),
    bus: `${servingController(board, 'scsi', disk.address?.drive?.controller)}.0`,
    ...scsiPlace(board, disk),
  }),
  sata: (board, disk) => {
    const bus = servingController(board, 'sata', disk.address?.drive?.controller);
    return {
      driver: hdOrCd(disk, 'ide'),
      bus: `${bus}.${checked(disk, unitOf(board, disk), SATA_PORTS, 'the sata controller')}`,
    };
  },
  ide: (board, disk) => {
    if (board.family !== 'pc') refuse(disk, 'the board q35 has no IDE; use sata, or the machine type pc');
    const at = disk.address?.drive;
    if (at) return { driver: hdOrCd(disk, 'ide'), bus: `ide.${at.bus ?? 0}`, unit: at.unit ?? 0 };
    const unit = checked(disk, unitOf(board, disk), IDE_UNITS, 'IDE');
    return { driver: hdOrCd(disk, 'ide'), bus: `ide.${Math.floor(unit / IDE_CHANNELS)}`, unit: unit % IDE_CHANNELS };
  },
  usb: (board, disk) => ({ driver: 'usb-storage', ...usbPlace(board, diskDevice(disk.name)) }),
  nvme: (board, disk) => ({
    driver: 'nvme',
    ...board.pci(diskDevice(disk.name), 'port'),
    serial: disk.serial ?? disk.name.slice(0, NVME_SERIAL_BYTES),
  }),
  fdc: (board, disk) => ({
    driver: 'floppy',
    unit: checked(disk, unitOf(board, disk), FLOPPY_UNITS, 'the floppy controller'),
  }),
} satisfies Record<DiskBus, Attach>;

/** NVMe has no disk without a serial number. */
const NVME_SERIAL_BYTES = 20;
const FLOPPY_UNITS = 2;

/** What can be on which bus. */
const BUSES = {
  disk: ['virtio', 'scsi', 'sata', 'ide', 'usb', 'nvme'],
  cdrom: ['sata', 'ide', 'scsi', 'usb'],
  floppy: ['fdc'],
  lun: ['scsi'],
} satisfies Record<Disk['device'], readonly DiskBus[]>;

function check(board: Board, disk: Disk): void {
  const buses: readonly DiskBus[] = BUSES[disk.device];
  if (!buses.includes(busOf(disk)))
    refuse(disk, `a ${disk.device} cannot be on ${busOf(disk)}; use ${buses.join(', ')}`);
  const volume = board.input.volumes[disk.name];
  if (disk.device === 'lun' && (disk.source?.file ?? (volume && !volume.path.startsWith('/dev/')))) {
    throw new Refusal(
      'LunNeedsDevice',
      `spec.disks[${disk.name}].device`,
      'a lun is a SCSI device of the host, not a file',
    );
  }
  if (!volume && !disk.source && (disk.device === 'disk' || disk.device === 'lun')) {
    throw new Refusal('DiskMissing', `spec.disks[${disk.name}]`, 'its volume is not there');
  }
}

const content = (disk: Disk, volume: Volume | undefined): object => {
  if (disk.source?.vhostUser) return { chardev: vhostUserChardev(disk.name) };
  return volume || disk.source ? { drive: topNode(disk) } : {};
};

/** A source whose cache the spec leaves open has the write cache that qemu gives it. */
function writeCache(disk: Disk, volume: Volume | undefined): object {
  const caching = disk.source ? ownCaching(disk) : cachingOf(disk, volume);
  return caching && (disk.device === 'disk' || (disk.device === 'lun' && disk.source))
    ? { 'write-cache': caching.writeCache ? 'on' : 'off' }
    : {};
}

/** The properties of a disk's device, for the command line and for `device_add`. */
export function diskProperties(board: Board, disk: Disk): Attachment {
  check(board, disk);
  const volume = board.input.volumes[disk.name];
  const bootindex = disk.device === 'floppy' ? undefined : bootIndexes(board.spec).get(`disk/${disk.name}`);
  return {
    ...ATTACH[busOf(disk)](board, disk),
    id: diskDevice(disk.name),
    ...content(disk, volume),
    ...(disk.serial && { serial: disk.serial }),
    ...(bootindex && { bootindex }),
    ...writeCache(disk, volume),
    ...detailProperties(disk, busOf(disk)),
  };
}

/** On q35 the floppy controller is a device of its own. */
const floppyController = (board: Board): string[] =>
  board.family === 'q35' && board.spec.disks.some((disk) => busOf(disk) === 'fdc')
    ? device({ driver: 'isa-fdc', id: 'fdc', ...floppyIndexes(board) })
    : [];

/** A floppy's place in the boot order belongs to its controller. */
const floppyIndexes = (board: Board): Record<string, number> =>
  Object.fromEntries(
    board.spec.disks.flatMap((disk) => {
      const index = disk.device === 'floppy' && bootIndexes(board.spec).get(`disk/${disk.name}`);
      return index ? [[`bootindex${unitOf(board, disk) === 0 ? 'A' : 'B'}`, index] as const] : [];
    }),
  );

/** On pc the controller is on the board, and is reached by qemu's global properties. */
const floppyBoot = (board: Board): string[] =>
  board.family === 'pc'
    ? Object.entries(floppyIndexes(board)).flatMap(([key, index]) => ['-global', `isa-fdc.${key}=${index}`])
    : [];

export const diskArguments = (board: Board): string[] => [
  ...floppyController(board),
  ...board.spec.disks.flatMap((disk) => [...blockArguments(board.input, disk), ...device(diskProperties(board, disk))]),
  ...floppyBoot(board),
];
