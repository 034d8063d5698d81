import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { addedHubs, usbPlace } from './usb.ts';

/** The hubs that the spec names, and those without which devices find no port. */
export const hubArguments = (board: Board): string[] =>
  [...board.spec.hubs.map(({ name }) => `hub-${name}`), ...addedHubs(board)].flatMap((id) =>
    device({ driver: 'usb-hub', id, ...usbPlace(board, id) }),
  );
