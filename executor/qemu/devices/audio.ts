import type { Board } from '../board.ts';
import { json } from '../options.ts';

type Audio = Board['spec']['audios'][number];
type Direction = NonNullable<Audio['input']>;
type Properties = Readonly<Record<string, unknown>>;

/** What plays nothing, for machines that say nothing of sound. */
const SILENT = 1;

const idOf = (id: number): string => `audio${id}`;

/** The backend of a card or a display: the one that it names, else the machine's first. */
export function audioOf({ spec }: Board, id: number | undefined): string | undefined {
  if (id !== undefined) return idOf(id);
  const [first] = spec.audios;
  return first && idOf(first.id);
}

/** As `audioOf`, for what cannot be without one. */
export const soundAudio = (board: Board, id: number | undefined): string => audioOf(board, id) ?? idOf(SILENT);

const common = ({
  mixingEngine,
  fixedSettings,
  voices,
  bufferLengthMicroseconds,
  frequency,
  channels,
  format,
}: Direction) => ({
  'mixing-engine': mixingEngine,
  'fixed-settings': fixedSettings,
  voices,
  'buffer-length': bufferLengthMicroseconds,
  frequency,
  channels,
  format,
});

/** What each sound system is told of a direction beyond that. Source: `Audiodev` of docs/interop/qemu-qmp-ref */
const DIRECTIONS = {
  none: () => ({}),
  dbus: () => ({}),
  spice: () => ({}),
  wav: () => ({}),
  alsa: ({ device, latencyMicroseconds }) => ({ dev: device, 'period-length': latencyMicroseconds }),
  coreaudio: ({ bufferCount }) => ({ 'buffer-count': bufferCount }),
  jack: ({ serverName, clientName, connectPorts, exactName }) => ({
    'server-name': serverName,
    'client-name': clientName,
    'connect-ports': connectPorts,
    'exact-name': exactName,
  }),
  oss: ({ device, bufferCount, tryPoll }) => ({ dev: device, 'buffer-count': bufferCount, 'try-poll': tryPoll }),
  pa: ({ name, streamName, latencyMicroseconds }) => ({
    name,
    'stream-name': streamName,
    latency: latencyMicroseconds,
  }),
  pipewire: ({ name, streamName, latencyMicroseconds }) => ({
    name,
    'stream-name': streamName,
    latency: latencyMicroseconds,
  }),
  sdl: ({ bufferCount }) => ({ 'buffer-count': bufferCount }),
} satisfies Record<Audio['driver'], (direction: Direction) => Properties>;

const side = (driver: Audio['driver'], direction: Direction | undefined): Properties | undefined =>
  direction && { ...common(direction), ...DIRECTIONS[driver](direction) };

const OWN = {
  oss: ({ tryMmap, exclusive, dspPolicy }) => ({ 'try-mmap': tryMmap, exclusive, 'dsp-policy': dspPolicy }),
  pa: ({ serverName }) => ({ server: serverName }),
  wav: ({ path }) => ({ path }),
} satisfies Partial<Record<Audio['driver'], (audio: Audio) => Properties>>;

function backend(audio: Audio): Properties {
  const own = (OWN as Partial<Record<Audio['driver'], (audio: Audio) => Properties>>)[audio.driver];
  return {
    id: idOf(audio.id),
    driver: audio.driver,
    'timer-period': audio.timerPeriodMicroseconds,
    in: side(audio.driver, audio.input),
    out: side(audio.driver, audio.output),
    ...own?.(audio),
  };
}

/** Where sound goes: what the spec names, or nowhere where there is a card for it. */
export function audioArguments({ spec }: Board): string[] {
  const silent = spec.audios.length === 0 && spec.sound.length > 0 ? [{ id: idOf(SILENT), driver: 'none' }] : [];
  return [...spec.audios.map(backend), ...silent].flatMap((one) => ['-audiodev', json(one)]);
}
