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

export function consoleArguments(board: Board): string[] {
  const ports = serialPorts(board);
  return board.spec.consoles.flatMap((item, index) => [
    ...chardev(board, item, index),
    ...device({
      driver: 'virtconsole',
      id: `console-${item.name}`,
      bus: `${servingController(board, 'virtio-serial', ports.get(item)?.controller)}.0`,
      nr: ports.get(item)?.port,
      chardev: `console${index}`,
    }),
  ]);
}
