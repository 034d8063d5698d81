import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { consoleLog, consolePipe } from '../sockets.ts';
import { chardevArguments, terminalChardev } from './character.ts';
import { servingController } from './controller.ts';
import { serialPorts } from './virtio-serial.ts';

type Console = Board['spec']['consoles'][number];

const chardev = ({ input }: Board, { backend, log }: Console, index: number): string[] =>
  backend
    ? chardevArguments(`console${index}`, { backend, log })
    : terminalChardev(`console${index}`, consolePipe(input.runDir, index), consoleLog(input.runDir, index));

/** The place that the spec names; otherwise the first port that is free once all channels have theirs, which qemu finds. */
function placeOf(board: Board, item: Console): { readonly bus?: string; readonly nr?: number } {
  const found = serialPorts(board).get(item);
  return found ? { bus: `${servingController(board, 'virtio-serial', found.controller)}.0`, nr: found.port } : {};
}

export function consoleArguments(board: Board): string[] {
  return board.spec.consoles.flatMap((item, index) => [
    ...chardev(board, item, index),
    ...device({
      driver: 'virtconsole',
      id: `console-${item.name}`,
      ...placeOf(board, item),
      chardev: `console${index}`,
    }),
  ]);
}
