import type { Board } from '../board.ts';
import { keyValues, option } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { displaySocket } from '../sockets.ts';

/** No window of qemu's own; each display is a socket that only the executor reaches. */
export function graphicsArguments({ input, spec }: Board): string[] {
  const spices = spec.graphics.filter((graphic) => graphic.spice);
  if (spices.length > 1) throw new Refusal('TooManyDevices', 'spec.graphics', 'qemu has one SPICE display, not more');
  const displays = spec.graphics.flatMap((graphic, index) => {
    const path = displaySocket(input.runDir, index);
    if (graphic.vnc) return ['-vnc', option(`unix:${path}`)];
    return ['-spice', keyValues({ unix: true, addr: path, 'disable-ticketing': true })];
  });
  return ['-display', 'none', ...displays];
}
