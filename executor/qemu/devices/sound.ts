import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { soundAudio } from './audio.ts';
import { virtioProperties } from './disk/details.ts';
import { usbPlace } from './usb.ts';

type Sound = Board['spec']['sound'][number];
type Build = (board: Board, sound: Sound, id: string) => string[];

const CODECS = { duplex: 'hda-duplex', micro: 'hda-micro', output: 'hda-output' } as const;

const hda =
  (driver: string): Build =>
  (board, { codecs = [], audio }, id) => [
    ...device({ driver, id, ...board.pci(id, 'board') }),
    ...(codecs.length > 0 ? codecs : (['duplex'] as const)).flatMap((codec, cad) =>
      device({
        driver: CODECS[codec],
        id: `${id}-codec${cad}`,
        bus: `${id}.0`,
        cad,
        audiodev: soundAudio(board, audio),
      }),
    ),
  ];

const pci =
  (driver: string): Build =>
  (board, { audio }, id) =>
    device({ driver, id, audiodev: soundAudio(board, audio), ...board.pci(id, 'board') });

const CARDS = {
  ich9: hda('ich9-intel-hda'),
  ich6: hda('intel-hda'),
  ac97: pci('AC97'),
  es1370: pci('ES1370'),
  sb16: (board, { audio }, id) => device({ driver: 'sb16', id, audiodev: soundAudio(board, audio) }),
  pcspk: () => [], // A part of the board: see machine.ts.
  usb: (board, { audio, multichannel }, id) =>
    device({
      driver: 'usb-audio',
      id,
      audiodev: soundAudio(board, audio),
      multi: multichannel,
      ...usbPlace(board, id),
    }),
  virtio: (board, { audio, streams, virtio }, id) =>
    device({
      driver: 'virtio-sound-pci',
      ...virtioProperties(virtio),
      id,
      audiodev: soundAudio(board, audio),
      streams,
      ...board.pci(id, 'board'),
    }),
} satisfies Record<Sound['model'], Build>;

export const soundArguments = (board: Board): string[] =>
  board.spec.sound.flatMap((sound) => CARDS[sound.model](board, sound, `sound-${sound.name}`));

/** The backend of the board's own speaker, where the machine has it as a sound card. */
export function speakerAudio(board: Board): string | undefined {
  const speaker = board.spec.sound.find(({ model }) => model === 'pcspk');
  return speaker && soundAudio(board, speaker.audio);
}
