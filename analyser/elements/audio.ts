import { one } from '../table/children.ts';
import type { Codec } from '../table/codec.ts';
import { field, fieldOf, type Imported, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, matching, text } from '../values/texts.ts';
import { wordOf, yesNo } from '../values/words.ts';
import { attributeOf } from '../xml/infoset.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';

type Audio = ItemDraft<'audios'>;
type Driver = NonNullable<Audio['driver']>;
type Direction = 'input' | 'output';
type Rules = Readonly<Record<string, Imported<Audio>>>;
const audio = fieldOf<Audio>();

const rule = <V>(path: Parameters<typeof audio<V>>[0], codec: Codec<V>) =>
  audio<V>(path, codec, { field: `spec.${path}` });

const number = () => whole(0, 0xffffffff);

/** Rules for one direction. @param members attribute, member of the field, and how it is read */
const of = (direction: Direction, members: readonly (readonly [string, string, Codec<never>])[]): Rules =>
  Object.fromEntries(
    members.map(([attribute, member, codec]) => [
      attribute,
      field<Audio, never>(`${direction}.${member}` as never, codec, { field: `spec.${direction}.${member}` }),
    ]),
  );

type Member = readonly [string, string, Codec<never>];
const member = <V>(attribute: string, name: string, codec: Codec<V>): Member => [
  attribute,
  name,
  codec as unknown as Codec<never>,
];

const COMMON = [
  member('mixingEngine', 'mixingEngine', yesNo),
  member('fixedSettings', 'fixedSettings', yesNo),
  member('voices', 'voices', whole(1, 65535)),
  member('bufferLength', 'bufferLengthMicroseconds', number()),
];

const SETTINGS = [
  member('frequency', 'frequency', number()),
  member('channels', 'channels', whole(1, 255)),
  member('format', 'format', wordOf('s8', 'u8', 's16', 'u16', 's32', 'u32', 'f32')),
];

const STREAM = [
  member('name', 'name', text(255)),
  member('streamName', 'streamName', text(255)),
  member('latency', 'latencyMicroseconds', number()),
];
const COUNT = member('bufferCount', 'bufferCount', number());
const DEVICE = member('dev', 'device', text(255));

/** What each sound system adds to a direction. Source: https://libvirt.org/formatdomain.html#audio-backends */
const OWN: Readonly<Record<Driver, readonly Member[]>> = {
  none: [],
  dbus: [],
  spice: [],
  wav: [],
  alsa: [DEVICE],
  coreaudio: [COUNT],
  jack: [
    member('serverName', 'serverName', text(255)),
    member('clientName', 'clientName', text(255)),
    member('connectPorts', 'connectPorts', text(255)),
    member('exactName', 'exactName', yesNo),
  ],
  oss: [DEVICE, COUNT, member('tryPoll', 'tryPoll', yesNo)],
  pa: STREAM,
  pipewire: STREAM,
  sdl: [COUNT],
};

const direction = (driver: Driver, side: Direction): Child<Audio> =>
  one({
    attributes: of(side, [...COMMON, ...OWN[driver]]),
    children: { settings: one({ attributes: of(side, SETTINGS) }) },
  });

const WORDS: Readonly<Record<string, Driver>> = {
  none: 'none',
  alsa: 'alsa',
  coreaudio: 'coreaudio',
  dbus: 'dbus',
  jack: 'jack',
  oss: 'oss',
  pulseaudio: 'pa',
  pipewire: 'pipewire',
  sdl: 'sdl',
  spice: 'spice',
  file: 'wav',
};

const BACKENDS: Readonly<Partial<Record<Driver, Rules>>> = {
  oss: {
    tryMMap: rule('tryMmap', yesNo),
    exclusive: rule('exclusive', yesNo),
    dspPolicy: rule('dspPolicy', signed()),
  },
  pa: { serverName: rule('serverName', text(255)) },
  pipewire: { runtimeDir: rule('runtimeFolder', hostPath) },
  sdl: { driver: rule('sdlDriver', wordOf('esd', 'alsa', 'arts', 'pulseaudio')) },
  wav: { path: rule('path', hostPath) },
};

/** -1 lets the sound system choose. */
function signed(): Codec<number> {
  const known = matching(/^(-1|[0-9]|10)$/, 'number between -1 and 10');
  return {
    read: (word) => {
      const read = known.read(word);
      return 'fault' in read ? read : { value: Number(word) };
    },
    write: (value) => String(value),
  };
}

const tables: Readonly<Record<string, ElementTable<Audio>>> = Object.fromEntries(
  Object.entries(WORDS).map(([word, driver]) => [
    word,
    {
      attributes: {
        id: rule('id', whole(1, 0xffff)),
        type: selector(word, 'spec.driver'),
        timerPeriod: rule('timerPeriodMicroseconds', number()),
        ...BACKENDS[driver],
      },
      children: { input: direction(driver, 'input'), output: direction(driver, 'output') },
    },
  ]),
);

const wordOfDriver = (driver: Driver | undefined): string =>
  Object.keys(WORDS).find((word) => WORDS[word] === driver) ?? 'none';

/** `<audio>`: where the host lets sound out. */
export const audios = deviceList('audios', {
  prefix: 'audio',
  make: (node) => {
    const word = attributeOf(node, 'type') ?? '';
    const driver = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    return driver ? { driver } : {};
  },
  table: byAttribute<Choice<Audio>>('type', tables),
  writes: ({ driver }) => tables[wordOfDriver(driver)] ?? {},
});
