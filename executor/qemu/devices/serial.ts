import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { serialLog, serialPipe } from '../sockets.ts';
import { terminalChardev } from './character.ts';
import { servingController } from './controller.ts';

type Serial = Board['spec']['serials'][number];
type Properties = { readonly driver: string; readonly [property: string]: unknown };

const PORTS = {
  isa: () => ({ driver: 'isa-serial' }),
  pci: (board, serial) => ({ driver: 'pci-serial', ...board.pci(`serial-${serial.name}`, 'board') }),
  usb: (board) => ({ driver: 'usb-serial', bus: `${servingController(board, 'usb')}.0` }),
} satisfies Record<Serial['type'], (board: Board, serial: Serial) => Properties>;

export const serialArguments = (board: Board): string[] =>
  board.spec.serials.flatMap((serial, index) => [
    ...terminalChardev(`serial${index}`, serialPipe(board.input.runDir, index), serialLog(board.input.runDir, index)),
    ...device({ ...PORTS[serial.type](board, serial), id: `serial-${serial.name}`, chardev: `serial${index}` }),
  ]);
