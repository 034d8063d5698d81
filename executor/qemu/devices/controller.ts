import type { Board } from '../board.ts';
import { type Controller, type ControllerType, companionFunction, type FoundController } from '../controllers.ts';
import { iothreadObject } from '../identifiers.ts';
import { device } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { virtioProperties } from './disk/details.ts';
import { hubArguments } from './hub.ts';
import { usbPlace } from './usb.ts';

type Driver = (board: Board, controller: FoundController) => string[];
type Model = NonNullable<Controller['model']>;

/** Ports of an xHCI controller that qemu can give, of each speed; libvirt gives those that it is told of. */
const USB_PORTS = 15;

const place = (board: Board, { id }: FoundController) => board.pci(id, 'board');

function unknown({ options, type, model }: FoundController): never {
  const field = `spec.controllers[${options.name ?? type}].model`;
  throw new Refusal(
    'ControllerModel',
    field,
    `${model ?? 'none'} is no model of a ${type} controller; remove the field`,
  );
}

/** libvirt's models of USB controllers as qemu's drivers. */
const USB: Readonly<Partial<Record<Model, string>>> = {
  'qemu-xhci': 'qemu-xhci',
  'nec-xhci': 'nec-usb-xhci',
  'piix3-uhci': 'piix3-usb-uhci',
  'piix4-uhci': 'piix4-usb-uhci',
  'vt82c686b-uhci': 'vt82c686b-usb-uhci',
  'pci-ohci': 'pci-ohci',
  ehci: 'usb-ehci',
  'ich9-ehci1': 'ich9-usb-ehci1',
  'ich9-uhci1': 'ich9-usb-uhci1',
  'ich9-uhci2': 'ich9-usb-uhci2',
  'ich9-uhci3': 'ich9-usb-uhci3',
};

const SERVANTS: Readonly<Partial<Record<Model, number>>> = { 'ich9-uhci1': 0, 'ich9-uhci2': 2, 'ich9-uhci3': 4 };

function usb(board: Board, one: FoundController): string[] {
  const { model = 'qemu-xhci', options, index } = one;
  if (model === 'none') return [];
  const driver = USB[model] ?? unknown(one);
  const ports = options.ports ?? (options.type === undefined ? USB_PORTS : undefined);
  const first = options.startPort ?? SERVANTS[model];
  const isServant = companionFunction(model) !== undefined && model !== 'ich9-ehci1';
  return device({
    driver,
    ...(ports !== undefined && model.endsWith('xhci') && { p2: ports, p3: ports }),
    ...(isServant && { masterbus: `usb${index === 0 ? '' : index}.0`, firstport: first }),
    id: one.id,
    ...place(board, one),
  });
}

const SCSI: Readonly<Partial<Record<Model, string>>> = {
  'virtio-scsi': 'virtio-scsi-pci',
  'virtio-transitional': 'virtio-scsi-pci-transitional',
  'virtio-non-transitional': 'virtio-scsi-pci-non-transitional',
  lsilogic: 'lsi',
  lsisas1068: 'mptsas1068',
  lsisas1078: 'megasas',
  vmpvscsi: 'pvscsi',
  am53c974: 'am53c974',
  dc390: 'dc-390',
};

const threads = ({ iothread, iothreads }: Partial<Controller>): object => ({
  ...(iothread !== undefined && { iothread: iothreadObject(iothread) }),
  ...(iothreads && {
    'iothread-vq-mapping': iothreads.map(({ name, queues }) => ({
      iothread: iothreadObject(name),
      ...(queues && { vqs: queues }),
    })),
  }),
});

const scsi: Driver = (board, one) => {
  const { options, model = 'virtio-scsi' } = one;
  return device({
    driver: SCSI[model] ?? unknown(one),
    ...threads(options),
    ...virtioProperties(options.virtio),
    id: one.id,
    ...(options.queues && { num_queues: options.queues }),
    ...(options.commandsPerLun && { cmd_per_lun: options.commandsPerLun }),
    ...(options.maxSectors && { max_sectors: options.maxSectors }),
    ...(options.ioEventFd !== undefined && { ioeventfd: options.ioEventFd }),
    ...place(board, one),
  });
};

const VIRTIO_SERIAL: Readonly<Partial<Record<Model, string>>> = {
  virtio: 'virtio-serial-pci',
  'virtio-transitional': 'virtio-serial-pci-transitional',
  'virtio-non-transitional': 'virtio-serial-pci-non-transitional',
};

const virtioSerial: Driver = (board, one) => {
  const { options, model = 'virtio' } = one;
  return device({
    driver: VIRTIO_SERIAL[model] ?? unknown(one),
    ...virtioProperties(options.virtio),
    id: one.id,
    ...(options.ports && { max_ports: options.ports }),
    ...(options.vectors !== undefined && { vectors: options.vectors }),
    ...place(board, one),
  });
};

/** The first one is a part of the board, where the board has such. */
const unlessBuiltIn =
  (driver: string): Driver =>
  (board, one) =>
    one.id === 'ide' ? [] : device({ driver, id: one.id, ...place(board, one) });

/** A card reader is a USB device itself. */
const ccid: Driver = (board, { id }) => device({ driver: 'usb-ccid', id, ...usbPlace(board, id) });

const DRIVERS = {
  pci: () => [],
  fdc: () => [],
  isa: () => [],
  usb,
  scsi,
  sata: unlessBuiltIn('ahci'),
  ide: unlessBuiltIn('piix4-ide'),
  'virtio-serial': virtioSerial,
  ccid,
} satisfies Record<ControllerType, Driver>;

/** The id of the controller of a type with a number; the first that there is where no number is given. */
export function servingController(board: Board, type: ControllerType, index?: number): string {
  const named = board.controllers.filter((one) => one.type === type);
  const found = named.find((one) => one.index === (index ?? one.index));
  return found?.id ?? `${type}${index ?? 0}`;
}

/** Every controller but those of PCI: card readers last, since they are on USB and may be in a hub. */
export function controllerArguments(board: Board): string[] {
  const build = (one: FoundController): string[] => DRIVERS[one.type](board, one);
  const readers = board.controllers.filter(({ type }) => type === 'ccid');
  const others = board.controllers.filter(({ type }) => type !== 'ccid');
  const masters = others.toSorted((a, b) => Number(isServant(a)) - Number(isServant(b)));
  return [...masters.flatMap(build), ...hubArguments(board), ...readers.flatMap(build)];
}

/** Companions need their master's bus. */
const isServant = ({ model }: FoundController): boolean => model?.startsWith('ich9-uhci') ?? false;
