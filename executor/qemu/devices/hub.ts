import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { usbPlace } from './usb.ts';

export const hubArguments = (board: Board): string[] =>
  board.spec.hubs.flatMap(({ name }) =>
    device({ driver: 'usb-hub', id: `hub-${name}`, ...usbPlace(board, `hub-${name}`) }),
  );
