import type { Board } from '../board.ts';
import { diskDevice, iothreadObject } from '../identifiers.ts';
import { device } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { blockArguments, cachingOf, topNode } from './blockdev.ts';
import { bootIndexes } from './boot.ts';
import { servingController } from './controller.ts';
import { busOf, type Disk, type DiskBus } from './disk-bus.ts';

type Attachment = { readonly driver: string; readonly [property: string]: unknown };
type Attach = (board: Board, disk: Disk) => Attachment;

const IDE_CHANNELS = 2;
const IDE_UNITS = 4;
const SATA_PORTS = 6;

/** Place of a disk among those of its bus. */
const unitOf = (board: Board, disk: Disk): number =>
  board.spec.disks.filter((other) => busOf(other) === busOf(disk)).indexOf(disk);

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

/** The thread that a disk names, else virtio disks take them in turn. */
function threadOf(board: Board, disk: Disk): { iothread?: string } {
  const { iothreads } = board.spec;
  const named = iothreads.find(({ name }) => name === disk.iothread);
  if (disk.iothread !== undefined && !named) {
    throw new Refusal(
      'IothreadMissing',
      `spec.disks[${disk.name}].iothread`,
      `spec.iothreads has no ${disk.iothread}: add it, or name one of it`,
    );
  }
  const thread = named ?? iothreads[unitOf(board, disk) % iothreads.length];
  return thread ? { iothread: iothreadObject(thread.name) } : {};
}

const ATTACH = {
  virtio: (board, disk) => ({
    driver: 'virtio-blk-pci',
    ...board.pci(diskDevice(disk.name), 'port'),
    ...threadOf(board, disk),
  }),
  scsi: (board, disk) => ({
    driver: scsiDriver(disk),
    bus: `${servingController(board, 'scsi')}.0`,
    channel: 0,
    'scsi-id': unitOf(board, disk),
    lun: 0,
  }),
  sata: (board, disk) => {
    const bus = board.family === 'q35' ? 'ide' : servingController(board, 'sata');
    return {
      driver: hdOrCd(disk, 'ide'),
      bus: `${bus}.${checked(disk, unitOf(board, disk), SATA_PORTS, 'the sata controller')}`,
    };
  },
  ide: (board, disk) => {
    if (board.family !== 'pc') refuse(disk, 'the board q35 has no IDE; use sata, or the machine type pc');
    const unit = checked(disk, unitOf(board, disk), IDE_UNITS, 'IDE');
    return { driver: hdOrCd(disk, 'ide'), bus: `ide.${Math.floor(unit / IDE_CHANNELS)}`, unit: unit % IDE_CHANNELS };
  },
  usb: (board) => ({ driver: 'usb-storage', bus: `${servingController(board, 'usb')}.0` }),
  nvme: (board, disk) => ({
    driver: 'nvme',
    ...board.pci(diskDevice(disk.name), 'port'),
    serial: disk.serial ?? disk.name.slice(0, NVME_SERIAL_BYTES),
  }),
  fdc: (board, disk) => ({
    driver: 'floppy',
    bus: board.family === 'q35' ? 'fdc.0' : 'floppy-bus.0',
    unit: checked(disk, unitOf(board, disk), FLOPPY_UNITS, 'the floppy controller'),
  }),
} satisfies Record<DiskBus, Attach>;

/** NVMe has no disk without a serial number. */
const NVME_SERIAL_BYTES = 20;
const FLOPPY_UNITS = 2;

/** What can be on which bus. */
const BUSES = {
  disk: ['virtio', 'scsi', 'sata', 'ide', 'usb', 'nvme'],
  cdrom: ['sata', 'ide', 'scsi'],
  floppy: ['fdc'],
  lun: ['scsi'],
} satisfies Record<Disk['device'], readonly DiskBus[]>;

function check(board: Board, disk: Disk): void {
  const buses: readonly DiskBus[] = BUSES[disk.device];
  if (!buses.includes(busOf(disk)))
    refuse(disk, `a ${disk.device} cannot be on ${busOf(disk)}; use ${buses.join(', ')}`);
  const volume = board.input.volumes[disk.name];
  if (disk.device === 'lun' && volume && !volume.path.startsWith('/dev/')) {
    throw new Refusal(
      'LunNeedsDevice',
      `spec.disks[${disk.name}].device`,
      'a lun is a SCSI device of the host, not a file',
    );
  }
  if (!volume && (disk.device === 'disk' || disk.device === 'lun')) {
    throw new Refusal('DiskMissing', `spec.disks[${disk.name}]`, 'its volume is not there');
  }
}

/** The properties of a disk's device, for the command line and for `device_add`. */
export function diskProperties(board: Board, disk: Disk): Attachment {
  check(board, disk);
  const volume = board.input.volumes[disk.name];
  const bootindex = disk.device === 'floppy' ? undefined : bootIndexes(board.spec).get(`disk/${disk.name}`);
  const fixed = disk.device === 'disk' || disk.device === 'lun';
  return {
    ...ATTACH[busOf(disk)](board, disk),
    id: diskDevice(disk.name),
    ...(volume && { drive: topNode(disk) }),
    ...(disk.serial && { serial: disk.serial }),
    ...(bootindex && { bootindex }),
    ...(fixed && disk.device === 'disk' && { 'write-cache': cachingOf(disk, volume).writeCache ? 'on' : 'off' }),
  };
}

/** On q35 the floppy controller is a device of its own. */
const floppyController = (board: Board): string[] =>
  board.family === 'q35' && board.spec.disks.some((disk) => busOf(disk) === 'fdc')
    ? device({ driver: 'isa-fdc', id: 'fdc' })
    : [];

/** A floppy's place in the boot order belongs to its controller. */
const floppyBoot = (board: Board, disk: Disk): string[] => {
  const index = disk.device === 'floppy' && bootIndexes(board.spec).get(`disk/${disk.name}`);
  return index ? ['-global', `isa-fdc.bootindex${unitOf(board, disk) === 0 ? 'A' : 'B'}=${index}`] : [];
};

export const diskArguments = (board: Board): string[] => [
  ...floppyController(board),
  ...board.spec.disks.flatMap((disk) => [
    ...blockArguments(board.input, disk),
    ...device(diskProperties(board, disk)),
    ...floppyBoot(board, disk),
  ]),
];
