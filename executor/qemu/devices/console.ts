import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { consoleLog, consolePipe } from '../sockets.ts';
import { terminalChardev } from './character.ts';
import { servingController } from './controller.ts';

export const consoleArguments = (board: Board): string[] =>
  board.spec.consoles.flatMap((item, index) => [
    ...terminalChardev(
      `console${index}`,
      consolePipe(board.input.runDir, index),
      consoleLog(board.input.runDir, index),
    ),
    ...device({
      driver: 'virtconsole',
      id: `console-${item.name}`,
      bus: `${servingController(board, 'virtio-serial')}.0`,
      chardev: `console${index}`,
    }),
  ]);
