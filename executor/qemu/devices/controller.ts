import type { Board } from '../board.ts';
import { iothreadObject } from '../identifiers.ts';
import { device } from '../options.ts';
import { busOf } from './disk-bus.ts';

type Controller = Board['spec']['controllers'][number];
type Driver = (board: Board, id: string, controller?: Controller) => string[];

/** Ports of an xHCI controller that qemu can give, of each speed. */
const USB_PORTS = 15;

const plain =
  (driver: string, place: 'port' | 'board', properties: object = {}): Driver =>
  (board, id, controller) =>
    device({
      driver: controller?.model ?? driver,
      id,
      ...board.pci(id, place),
      ...(controller?.model === undefined && properties),
      ...(controller?.iothread && { iothread: iothreadObject(controller.iothread) }),
    });

const DRIVERS = {
  scsi: plain('virtio-scsi-pci', 'port'),
  usb: plain('qemu-xhci', 'board', { p2: USB_PORTS, p3: USB_PORTS }),
  'virtio-serial': plain('virtio-serial-pci', 'board'),
  sata: plain('ich9-ahci', 'board'),
  ide: plain('piix4-ide', 'board'),
  'pci-bridge': (board, id) =>
    device({
      driver: board.family === 'pc' ? 'pci-bridge' : 'pcie-pci-bridge',
      id,
      ...board.pci(id, 'board'),
      ...bridgeNumber(board, id),
    }),
  'pcie-root-port': (board, id) =>
    device({ driver: 'pcie-root-port', id, ...board.pci(id, 'board'), chassis: chassis(board, id) }),
} satisfies Record<Controller['type'], Driver>;

/** Numbers of bridges must differ from those of the ports that the board brings along. */
const FIRST_CHASSIS = 128;
const chassis = (board: Board, id: string): number =>
  FIRST_CHASSIS + board.spec.controllers.findIndex((controller) => controllerId(controller) === id);
const bridgeNumber = (board: Board, id: string) => (board.family === 'pc' ? { chassis_nr: chassis(board, id) } : {});

const controllerId = ({ name }: Controller): string => `ctl-${name}`;

/** The id of the controller that serves a type: the first that the spec names, else the one that is brought along. */
export function servingController(board: Board, type: Controller['type']): string {
  const named = board.spec.controllers.find((controller) => controller.type === type);
  return named ? controllerId(named) : type;
}

/** Controllers that devices need and nobody named. */
function implied(board: Board): Controller['type'][] {
  const { spec } = board;
  const disks = new Set(spec.disks.map(busOf));
  const usb =
    disks.has('usb') ||
    spec.inputs.some(({ bus }) => bus === 'usb') ||
    spec.serials.some(({ type }) => type === 'usb') ||
    spec.sound.some(({ model }) => model === 'usb') ||
    spec.hostDevices.some((host) => host.usb !== undefined);
  const needs: [Controller['type'], boolean][] = [
    ['usb', usb],
    ['virtio-serial', spec.consoles.length > 0 || spec.channels.length > 0],
    ['scsi', disks.has('scsi')],
    ['sata', disks.has('sata') && board.family === 'pc'],
  ];
  return needs.filter(([type, needed]) => needed && servingController(board, type) === type).map(([type]) => type);
}

/** Every controller: those that devices bring along, then those that the spec names. */
export function controllerArguments(board: Board): string[] {
  return [
    ...implied(board).flatMap((type) => DRIVERS[type](board, type)),
    ...board.spec.controllers.flatMap((controller) =>
      DRIVERS[controller.type](board, controllerId(controller), controller),
    ),
  ];
}
