/** One option of a command line: its name, and its properties as flat texts, `in.frequency` = `44100`. */
export interface Option {
  readonly name: string;
  readonly properties: Map<string, string>;
  /** As it was written. */
  readonly words: readonly string[];
}

/** The property that an option's first word is, where it has no `=`. Source: qemu's QemuOptsList.implied_opt_name */
const IMPLIED: Readonly<Record<string, string>> = {
  machine: 'type',
  accel: 'accel',
  cpu: 'model',
  m: 'size',
  smp: 'cpus',
  device: 'driver',
  object: 'qom-type',
  chardev: 'backend',
  netdev: 'type',
  vnc: 'vnc',
  display: 'type',
  audiodev: 'driver',
  tpmdev: 'type',
  fsdev: 'fsdriver',
  mon: 'chardev',
  numa: 'type',
  sandbox: 'enable',
  fw_cfg: 'name',
  overcommit: 'mem-lock',
  rtc: 'base',
  boot: 'order',
  name: 'guest',
};

/** Options that take no value. */
const BARE = new Set([
  'S',
  'nodefaults',
  'no-user-config',
  'no-shutdown',
  'no-acpi',
  'no-hpet',
  'no-reboot',
  'mem-prealloc',
  'full-screen',
  'usb',
  'nographic',
  'daemonize',
  'enable-kvm',
  'no-fd-bootchk',
  'snapshot',
  'sdl',
]);

/** Options whose value is one text. */
const TEXT = new Set([
  'uuid',
  'kernel',
  'initrd',
  'append',
  'dtb',
  'bios',
  'k',
  'incoming',
  'watchdog-action',
  'pidfile',
  'D',
  'L',
  'shim',
  'full',
]);

/** `on`, `yes` and `true` are one; so are `0x10` and `16`. */
export function scalar(value: unknown): string {
  const text = String(value);
  if (/^(on|yes|true)$/.test(text)) return 'on';
  if (/^(off|no|false)$/.test(text)) return 'off';
  return /^0x[0-9a-fA-F]{1,16}$/.test(text) ? String(BigInt(text)) : text;
}

function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (Array.isArray(value)) for (const [i, one] of value.entries()) flatten(one, `${path}.${i}`, into);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) flatten(one, path === '' ? key : `${path}.${key}`, into);
  } else into.set(path, scalar(value));
}

/** `a,,b` is `a,b` in a value. */
const pieces = (text: string): string[] =>
  (text.match(/(?:[^,]|,,)+|(?<=,)(?=,|$)/g) ?? []).map((piece) => piece.replaceAll(',,', ','));

function ofText(name: string, text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const [i, piece] of pieces(text).entries()) {
    const at = piece.indexOf('=');
    const implied = IMPLIED[name];
    if (at < 0 && i === 0 && implied !== undefined) properties.set(implied, scalar(piece));
    else if (at < 0) properties.set(piece.replace(/^no(?=[a-z])/, ''), piece.startsWith('no') ? 'off' : 'on');
    else put(properties, piece.slice(0, at), piece.slice(at + 1));
  }
  return properties;
}

/** A key that is given again is another one of a list. */
function put(properties: Map<string, string>, key: string, value: string): void {
  let name = key;
  for (let n = 1; properties.has(name); n += 1) name = `${key}.${n}`;
  properties.set(name, scalar(value));
}

function globalOf(text: string): Map<string, string> {
  if (text.startsWith('{') || text.startsWith('driver=')) return propertiesOf('', text);
  const [, driver = '', property = '', value = ''] = /^([^.]*)\.([^=]*)=(.*)$/s.exec(text) ?? [];
  return new Map([
    ['driver', driver],
    ['property', property],
    ['value', scalar(value)],
  ]);
}

function propertiesOf(name: string, text: string): Map<string, string> {
  if (!text.startsWith('{')) return ofText(name, text);
  const properties = new Map<string, string>();
  flatten(JSON.parse(text), '', properties);
  return properties;
}

const isOption = (word: string | undefined): boolean => word !== undefined && /^--?[a-zA-Z]/.test(word);

function propertiesIn(name: string, text: string | undefined): Map<string, string> {
  if (text === undefined) return new Map();
  if (TEXT.has(name)) return new Map([['', text]]);
  return name === 'global' ? globalOf(text) : propertiesOf(name, text);
}

/** The options of qemu's arguments; a word that belongs to none is kept as it is. */
export function readOptions(args: readonly string[]): Option[] {
  const options: Option[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const name = isOption(word) ? word.replace(/^--?/, '') : '';
    const takes = name !== '' && !BARE.has(name) && rest.length > 0 && !isOption(rest[0]);
    const value = takes ? rest.shift() : undefined;
    const properties = name === '' ? new Map([['', word]]) : propertiesIn(name, value);
    options.push({ name, properties, words: value === undefined ? [word] : [word, value] });
  }
  return options;
}
