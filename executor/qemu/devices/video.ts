import type { Board } from '../board.ts';
import { device } from '../options.ts';
import type { PciPlace } from '../slots.ts';

type Video = Board['spec']['video'][number];

/** The first card is the one with the VGA registers; the others must be without. */
const CARDS = {
  vga: ['VGA', 'secondary-vga'],
  virtio: ['virtio-vga', 'virtio-gpu-pci'],
  qxl: ['qxl-vga', 'qxl'],
  cirrus: ['cirrus-vga', 'secondary-vga'],
  bochs: ['bochs-display', 'bochs-display'],
  ramfb: ['ramfb', 'ramfb'],
} satisfies Record<Video['model'], readonly [string, string]>;

const placeOf = (board: Board, { name, model }: Video): Partial<PciPlace> =>
  model === 'ramfb' ? {} : board.pci(`video-${name}`, 'board');

export const videoArguments = (board: Board): string[] =>
  board.spec.video.flatMap((video, index) =>
    device({
      driver: CARDS[video.model][index === 0 ? 0 : 1],
      id: `video-${video.name}`,
      ...placeOf(board, video),
    }),
  );
