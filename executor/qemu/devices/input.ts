import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { servingController } from './controller.ts';

type Input = Board['spec']['inputs'][number];

const USB = { tablet: 'usb-tablet', mouse: 'usb-mouse', keyboard: 'usb-kbd' } as const satisfies Record<
  Input['type'],
  string
>;
const VIRTIO = {
  tablet: 'virtio-tablet-pci',
  mouse: 'virtio-mouse-pci',
  keyboard: 'virtio-keyboard-pci',
} as const satisfies Record<Input['type'], string>;

const ATTACH = {
  usb: (board, { name, type }) =>
    device({ driver: USB[type], id: `input-${name}`, bus: `${servingController(board, 'usb')}.0` }),
  virtio: (board, { name, type }) =>
    device({ driver: VIRTIO[type], id: `input-${name}`, ...board.pci(`input-${name}`, 'board') }),
  ps2: (_board, { name, type }) => {
    if (type !== 'tablet') return []; // The board has a PS/2 keyboard and a mouse.
    throw new Refusal('InputBus', `spec.inputs[${name}].bus`, 'there is no PS/2 tablet; use usb or virtio');
  },
} satisfies Record<Input['bus'], (board: Board, input: Input) => string[]>;

export const inputArguments = (board: Board): string[] =>
  board.spec.inputs.flatMap((input) => ATTACH[input.bus](board, input));
