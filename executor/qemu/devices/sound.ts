import type { Board } from '../board.ts';
import { device, json } from '../options.ts';
import { servingController } from './controller.ts';

type Sound = Board['spec']['sound'][number];

/** Sound goes nowhere yet: the guest has a card, the host plays nothing. */
const BACKEND = 'audio0';

const hda = (driver: string) => (board: Board, id: string) => [
  ...device({ driver, id, ...board.pci(id, 'board') }),
  ...device({ driver: 'hda-duplex', id: `${id}-codec`, bus: `${id}.0`, cad: 0, audiodev: BACKEND }),
];

const CARDS = {
  ich9: hda('ich9-intel-hda'),
  ich6: hda('intel-hda'),
  ac97: (board, id) => device({ driver: 'AC97', id, audiodev: BACKEND, ...board.pci(id, 'board') }),
  usb: (board, id) =>
    device({ driver: 'usb-audio', id, audiodev: BACKEND, bus: `${servingController(board, 'usb')}.0` }),
} satisfies Record<Sound['model'], (board: Board, id: string) => string[]>;

export function soundArguments(board: Board): string[] {
  if (board.spec.sound.length === 0) return [];
  const cards = board.spec.sound.flatMap((sound) => CARDS[sound.model](board, `sound-${sound.name}`));
  return ['-audiodev', json({ driver: 'none', id: BACKEND }), ...cards];
}
