import { type Board, createBoard } from './board.ts';
import { type BackendInput, blockArguments } from './devices/blockdev.ts';
import { controllerArguments, servingController } from './devices/controller.ts';
import { diskProperties } from './devices/disk.ts';
import { busOf, type Disk, type DiskBus } from './devices/disk-bus.ts';
import { type Interface, interfaceNetdev, interfaceProperties } from './devices/interface.ts';
import type { QemuInput, Slots } from './input.ts';
import { Refusal } from './refusal.ts';

type Properties = { readonly driver: string; readonly [property: string]: unknown };
type Thing = { readonly 'qom-type': string; readonly id: string; readonly [property: string]: unknown };

/** What is given to a running qemu for one disk, in this order. */
export interface DiskPlug {
  readonly objects: readonly Thing[];
  readonly nodes: readonly Properties[];
  /** The controller and the device, or the device alone. */
  readonly devices: readonly Properties[];
  /** Places that the new devices got. */
  readonly slots: Slots;
}

/** Buses that a guest watches for what comes and goes. */
const HOT: Readonly<Record<DiskBus, boolean>> = {
  virtio: true,
  scsi: true,
  nvme: true,
  usb: true,
  sata: false,
  ide: false,
  fdc: false,
};

/** Whether disks on its bus come and go while the machine runs. */
export const isHotPluggable = (disk: Disk): boolean => HOT[busOf(disk)];

export const notPluggable = (disk: Disk): string =>
  `a ${busOf(disk)} disk is fixed while the machine runs; virtio, scsi, usb and nvme disks are not`;

/**
 * How a disk is plugged into a running machine. Pure.
 * @param input as the machine was started, with the disk in spec.disks and its volume
 * @param present ids of the devices that the running machine has
 * @throws Refusal where this machine cannot take it while it runs
 */
export function diskPlug(input: QemuInput, disk: Disk, present: ReadonlySet<string>): DiskPlug {
  const field = `spec.disks[${disk.name}].bus`;
  if (!isHotPluggable(disk)) throw new Refusal('NotPluggable', field, notPluggable(disk));
  const board = createBoard({ ...input, present });
  const device = withoutBootIndex(diskProperties(board, disk));
  const controllers = missingControllers(board, disk, present);
  for (const { bus } of [...controllers, device]) requirePlace(String(bus), field, [...present, ...ids(controllers)]);
  return {
    ...diskBackend(input, disk),
    devices: [...controllers, device],
    slots: { ...board.slots.taken(), ...board.units.taken() },
  };
}

type Netdev = ReturnType<typeof interfaceNetdev>;

/** What is given to a running qemu for one interface, in this order. */
export interface InterfacePlug {
  readonly netdev: Netdev;
  readonly device: Properties;
  readonly slots: Slots;
}

/** How an interface is plugged into a running machine; the input as for a disk. Pure. @throws Refusal */
export function interfacePlug(input: QemuInput, nic: Interface, present: ReadonlySet<string>): InterfacePlug {
  if (input.networks[nic.name]?.macvtap) {
    const message = 'a macvtap is opened as the machine starts; put it on a network, or restart the machine';
    throw new Refusal('NotPluggable', `spec.interfaces[${nic.name}].connection`, message);
  }
  const board = createBoard({ ...input, present });
  const device = withoutBootIndex(interfaceProperties(board, nic));
  requirePlace(String(device['bus']), `spec.interfaces[${nic.name}].model`, [...present]);
  return { netdev: interfaceNetdev(board, nic), device, slots: board.slots.taken() };
}

/** Objects and block nodes behind a disk, as `object-add` and `blockdev-add` take them. @throws Refusal */
export function diskBackend(input: BackendInput, disk: Disk): Pick<DiskPlug, 'objects' | 'nodes'> {
  if (disk.source?.vhostUser) {
    throw new Refusal('NotPluggable', `spec.disks[${disk.name}].source`, 'a vhost-user disk needs a restart');
  }
  const args = blockArguments(input, disk);
  const after = (flag: string) => args.flatMap((_, at) => (args[at - 1] === flag ? [JSON.parse(args[at] ?? '')] : []));
  return { objects: after('-object') as Thing[], nodes: after('-blockdev') as Properties[] };
}

const ids = (devices: readonly Properties[]): string[] => devices.map(({ id }) => String(id));

/** The order was settled when the machine started; its places may be taken. */
function withoutBootIndex(properties: Properties): Properties {
  const { bootindex: _settled, ...rest } = properties;
  return rest as Properties;
}

/** A disk on SCSI brings its controller along; the controller of USB disks is a part of the board. */
function missingControllers(board: Board, disk: Disk, present: ReadonlySet<string>): Properties[] {
  if (busOf(disk) !== 'scsi') return [];
  const id = servingController(board, 'scsi');
  const all = controllerArguments(board).flatMap((argument) =>
    argument.startsWith('{') ? [JSON.parse(argument) as Properties] : [],
  );
  return present.has(id) ? [] : all.filter((properties) => properties['id'] === id);
}

/** The bus of the board itself takes nothing while a q35 runs; its ports do, as the whole bus of a pc does. */
function requirePlace(bus: string, field: string, devices: readonly string[]): void {
  if (bus === 'pci.0' || devices.includes(bus) || devices.includes(bus.replace(/\.\d+$/, ''))) return;
  if (bus.startsWith('usb'))
    throw new Refusal('NoController', field, 'the machine was started without USB; use virtio');
  const message =
    'the running machine has no free PCIe port; use scsi, which needs one for all its disks, or restart the machine, which gives it ports';
  throw new Refusal('NoFreePort', field, message);
}
