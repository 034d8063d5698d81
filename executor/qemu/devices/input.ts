import type { Board } from '../board.ts';
import { device, object } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { generation, virtioProperties } from './disk/details.ts';
import { usbPlace } from './usb.ts';

type Input = Board['spec']['inputs'][number];
type Type = Input['type'];

const USB: Partial<Record<Type, string>> = { tablet: 'usb-tablet', mouse: 'usb-mouse', keyboard: 'usb-kbd' };
const VIRTIO: Partial<Record<Type, string>> = {
  tablet: 'virtio-tablet',
  mouse: 'virtio-mouse',
  keyboard: 'virtio-keyboard',
  passthrough: 'virtio-input-host',
};

const refuse = (name: string, message: string): never => {
  throw new Refusal('InputBus', `spec.inputs[${name}].bus`, message);
};

function usb(board: Board, { name, type }: Input): string[] {
  const driver = USB[type] ?? refuse(name, `there is no ${type} on USB; use virtio`);
  const id = `input-${name}`;
  return device({ driver, id, ...usbPlace(board, id) });
}

function virtio(board: Board, { name, type, model, path, virtio: options }: Input): string[] {
  const driver = VIRTIO[type] ?? refuse(name, `there is no ${type} on virtio; use usb`);
  const id = `input-${name}`;
  return device({
    driver: `${driver}-pci${generation(model)}`,
    ...virtioProperties(options),
    id,
    ...(type === 'passthrough' && { evdev: path }),
    ...board.pci(id, 'board'),
  });
}

const ATTACH = {
  usb,
  virtio,
  ps2: (_board, { name, type }) => {
    if (type === 'mouse' || type === 'keyboard') return []; // The board has a PS/2 keyboard and a mouse.
    return refuse(name, `there is no PS/2 ${type}; use usb or virtio`);
  },
} satisfies Record<Input['bus'], (board: Board, input: Input) => string[]>;

/** A device of the host whose events the guest's own devices send. */
const forwarded = ({ name, evdev }: Input): string[] =>
  evdev
    ? object({
        'qom-type': 'input-linux',
        id: `input-${name}`,
        evdev: evdev.path,
        repeat: evdev.repeat,
        grab_all: evdev.grab === 'all' ? true : undefined,
        'grab-toggle': evdev.grabToggle,
      })
    : [];

export const inputArguments = (board: Board): string[] =>
  board.spec.inputs.flatMap((input) => (input.type === 'evdev' ? forwarded(input) : ATTACH[input.bus](board, input)));
