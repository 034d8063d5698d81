import type { CharacterBackend } from '../../schemas/kinds/machine/devices/character.ts';
import { aside, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { field, ignored, runtime, same, selector } from '../table/rule.ts';
import { byAttribute, type Child, type ElementTable } from '../table/table.ts';
import { writeElement } from '../table/write.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, text } from '../values/texts.ts';
import { onOff, wordOf, yesNo } from '../values/words.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';

type Variant = keyof CharacterBackend;

/** Our member of a backend for libvirt's word in `type`. */
export const VARIANTS = {
  pty: 'pty',
  null: 'null',
  vc: 'virtualConsole',
  stdio: 'stdio',
  dev: 'device',
  file: 'file',
  pipe: 'pipe',
  tcp: 'tcp',
  udp: 'udp',
  unix: 'unix',
  spicevmc: 'spiceVmc',
  spiceport: 'spicePort',
  'qemu-vdagent': 'vdAgent',
  dbus: 'dbus',
} as const satisfies Record<string, Variant>;

export type CharacterType = keyof typeof VARIANTS;

const TYPES = Object.keys(VARIANTS) as CharacterType[];

/** libvirt's word for a backend. */
export const typeOfBackend = (backend: object | undefined): CharacterType | undefined =>
  TYPES.find((type) => (backend as Record<string, unknown> | undefined)?.[VARIANTS[type]] !== undefined);

/** A backend before its element is read: libvirt calls where it is not told to listen. */
export function emptyBackend(type: string | undefined): object | undefined {
  if (type === undefined || !Object.hasOwn(VARIANTS, type)) return undefined;
  const calls = type === 'tcp' || type === 'unix' ? { mode: 'connect' } : {};
  return { [VARIANTS[type as CharacterType]]: calls };
}

const LABELS = aside<object>({ whole: ignored('labels of the host’s security are the host’s own') });
const MODES = { bind: 'listen', connect: 'connect' } as const;
const mode = { read: wordsRead, write: (value: string) => (value === 'listen' ? 'bind' : 'connect') };

function wordsRead(word: string) {
  return Object.hasOwn(MODES, word)
    ? { value: MODES[word as keyof typeof MODES] as string }
    : { fault: 'is not supported; known: bind, connect' };
}

/** Rules below one member of a scope that holds a backend, such as `backend`. */
function rules(path: string) {
  const at = <V>(member: string, codec: Parameters<typeof field<object, V>>[1]) =>
    field<object, V>(`${path}.${member}` as never, codec, { field: `spec.${path}.${member}` });
  const reconnect = (variant: string) =>
    one<object>({
      attributes: {
        enabled: same('said by its timeout', 'yes', 'no'),
        timeout: at(`${variant}.reconnectSeconds`, whole(0, 0x7fffffff)),
      },
    });
  const tls = { tls: at('tcp.tls', yesNo), tlsFromConfig: runtime('where a running machine has its TLS from') };
  const unix: ElementTable<object> = {
    attributes: { mode: at('unix.mode', mode), path: at('unix.path', hostPath) },
    children: { reconnect: reconnect('unix'), seclabel: LABELS },
  };
  const sources: Readonly<Record<CharacterType, ElementTable<object>>> = {
    pty: { attributes: { path: runtime('the terminal of a running machine') } },
    null: {},
    vc: {},
    stdio: {},
    dev: { attributes: { path: at('device.path', hostPath) }, children: { seclabel: LABELS } },
    file: {
      attributes: { path: at('file.path', hostPath), append: at('file.append', onOff) },
      children: { seclabel: LABELS },
    },
    pipe: { attributes: { path: at('pipe.path', hostPath) }, children: { seclabel: LABELS } },
    tcp: {
      attributes: {
        mode: at('tcp.mode', mode),
        host: at('tcp.host', text(255)),
        service: at('tcp.port', whole(1, 65535)),
        ...tls,
      },
      children: { reconnect: reconnect('tcp') },
    },
    udp: {},
    unix,
    spicevmc: {},
    spiceport: { attributes: { channel: at('spicePort.channel', text(255)) } },
    'qemu-vdagent': {
      children: {
        clipboard: one<object>({ attributes: { copypaste: at('vdAgent.clipboard', yesNo) } }),
        mouse: one<object>({ attributes: { mode: at('vdAgent.mouse', wordOf('client', 'server')) } }),
      },
    },
    dbus: { attributes: { channel: at('dbus.channel', text(255)) } },
  };
  return { at, sources };
}

/** Both directions of UDP are a `<source>` each, told apart by their mode. */
function udpSources(at: ReturnType<typeof rules>['at']): Child<object> {
  const table = (direction: 'bind' | 'connect'): ElementTable<object> => {
    const [host, port] = direction === 'bind' ? ['udp.bindHost', 'udp.bindPort'] : ['udp.host', 'udp.port'];
    return {
      key: 'mode',
      attributes: {
        mode: direction === 'bind' ? selector('bind', 'spec.backend.udp') : same('it calls', 'connect'),
        host: at(host ?? '', text(255)),
        service: at(port ?? '', whole(1, 65535)),
      },
    };
  };
  const tables = { bind: table('bind'), connect: table('connect') };
  const directionOf = (node: XmlElement): 'bind' | 'connect' =>
    attributeOf(node, 'mode') === 'bind' ? 'bind' : 'connect';
  return {
    repeated: true,
    read: (node, scope, reading) => {
      const seen = readElement(node, byAttribute('mode', tables, 'connect')(node), scope, reading);
      seen.item = directionOf(node);
      return seen;
    },
    write: (name, scope) =>
      (['bind', 'connect'] as const).flatMap((direction) => {
        const written = writeElement(name, tables[direction], scope, direction);
        return written.filter(({ attributes }) => attributes.has('host') || attributes.has('service'));
      }),
  };
}

/** What every element with a backend of one type may say of it. */
export interface CharacterParts<S> {
  readonly attributes: NonNullable<ElementTable<S>['attributes']>;
  readonly children: Readonly<Record<string, Child<S>>>;
}

/** The tables of an element for each type of backend. */
export const extended = <S>(
  parts: Readonly<Record<CharacterType, CharacterParts<S>>>,
  make: (parts: CharacterParts<S>) => ElementTable<S>,
): Readonly<Record<CharacterType, ElementTable<S>>> =>
  Object.fromEntries(Object.entries(parts).map(([type, one]) => [type, make(one)])) as Record<
    CharacterType,
    ElementTable<S>
  >;

/** What a character device of each type may say: its `type`, `<source>`, `<protocol>` and `<log>`. @param path of the backend */
export function characterTables<S extends object>(
  path: 'backend' | 'passthrough' | 'external',
  options: { readonly log?: boolean } = {},
): Readonly<Record<CharacterType, CharacterParts<S>>> {
  const { at, sources } = rules(path);
  const log = one<object>({
    attributes: {
      file: field<object, string>('log.path' as never, hostPath, { field: 'spec.log.path' }),
      append: field<object, boolean>('log.append' as never, onOff, { field: 'spec.log.append' }),
    },
  });
  const protocol = one<object>({
    attributes: { type: at('tcp.protocol', wordOf('raw', 'telnet', 'telnets', 'tls')) },
  });
  const entries = TYPES.map((type) => {
    const source = type === 'udp' ? udpSources(at) : one<object>(sources[type]);
    const children = { source, ...(type === 'tcp' && { protocol }), ...((options.log ?? true) && { log }) };
    const attributes = { type: selector(type, `spec.${path}`) };
    return [type, { attributes, children }] as const;
  });
  return Object.fromEntries(entries) as unknown as ReturnType<typeof characterTables<S>>;
}
