import { blockNode, type Properties, prefixed } from './blockdev.ts';
import type { Context } from './context.ts';
import { frameOf, frameProperty } from './frame.ts';
import { withoutChoices } from './open.ts';
import { type Option, readOptions } from './options.ts';
import { busOf, placeOf } from './places.ts';
import { chardevOf, Definitions, netdevOf, REFERENCES, STANDS_ALONE } from './tables.ts';

/** One device, object or option of a machine, with all that it refers to; without the names that only the command line has. */
export interface Fact {
  readonly option: string;
  readonly properties: Properties;
}

const IGNORED =
  /^(name|S|nodefaults|no-user-config|no-shutdown|sandbox|msg|mon|qmp|monitor|add-fd|enable-kvm|accel|no-acpi|no-hpet|watchdog-action|pidfile|daemonize|D|incoming)$/;

/** Definitions that say nothing where no option names them. */
const DEFINITIONS = new Set(['blockdev', 'chardev', 'netdev', 'audiodev', 'tpmdev', 'fsdev', 'object']);

/** Descriptors are handed over under numbers that mean nothing. */
const DESCRIPTORS = /^(fd|fds|vhostfd|vhostfds)$/;

/** Folders in which programs choose names by themselves: for sockets, logs, memory, variables of firmware. */
const OWN_PATHS =
  /^\/(run|var\/run|var\/log|var\/lib\/libvirt\/(?!images)|var\/lib\/vmctl|usr\/share|dev\/hugepages\w*|path\/of)\b/;

/** What a machine's arguments say. */
export function factsOf(args: readonly string[], context: Context): Fact[] {
  const read = readOptions(args);
  const options = read.map((option) => respelled(option, read));
  const definitions = new Definitions(options);
  const shown = options.filter(({ name, properties }) => !IGNORED.test(name) && properties.get('id') !== 'masterKey0');
  for (const { name, properties } of options)
    if (name === 'mon') definitions.find('chardev', properties.get('chardev') ?? '');
  const facts = shown.map((option) => [option, factOf(option, definitions, context)] as const);
  const own = facts.filter(
    ([option]) => !DEFINITIONS.has(option.name) || !definitions.isUsed(option) || standsAlone(option),
  );
  return [...frameOf(options), ...own.map(([, fact]) => fact)].filter((fact) => !saysNothing(fact));
}

/** The same in the words of one spelling. */
function respelled(option: Option, all: readonly Option[]): Option {
  if (option.name === 'chardev') return { ...option, properties: chardevOf(option.properties) };
  if (option.name === 'netdev') return { ...option, properties: netdevOf(option.properties) };
  if (option.name !== 'machine') return option;
  const off = ['acpi', 'hpet'].filter((word) => all.some(({ name }) => name === `no-${word}`));
  return { ...option, properties: new Map([...option.properties, ...off.map((word) => [word, 'off'] as const)]) };
}

const standsAlone = ({ name, properties }: Option): boolean =>
  name === 'object' && STANDS_ALONE.test(properties.get('qom-type') ?? '');

function saysNothing({ option, properties }: Fact): boolean {
  if (option === 'audiodev') return properties.driver === 'none';
  if (option === 'display') return properties.type === 'none';
  if (option === 'boot') return Object.keys(properties).length === 0;
  return (
    option === 'global' &&
    properties.driver === 'ICH9-LPC' &&
    properties.property === 'noreboot' &&
    properties.value === 'off'
  );
}

function factOf(option: Option, definitions: Definitions, context: Context): Fact {
  const properties: Properties = {};
  for (const [key, value] of option.properties)
    Object.assign(properties, propertyOf(option, key, value, definitions, context));
  return { option: option.name, properties: withoutChoices(properties, context) };
}

function propertyOf(
  option: Option,
  key: string,
  value: string,
  definitions: Definitions,
  context: Context,
): Properties {
  if (key === 'id' || key === 'node-name') return {};
  const framed = frameProperty(option.name, key, value, context);
  if (framed) return framed;
  if (option.name === 'boot' && key === 'strict') return {};
  if (option.name === 'spice' && key === 'disable-ticketing') return {};
  if (option.name === 'device' && (key === 'bus' || key === 'addr'))
    return { [key]: key === 'bus' ? busOf(value, definitions) : placeOf(value) };
  if (key === 'masterbus') return { [key]: busOf(value, definitions) };
  if (option.name === 'uuid') return { [key]: context.uuid ? value.toLowerCase() : '*' };
  return (
    inlined(key, value, definitions, context) ?? {
      [plainKey(option, key, context)]: plain(option, key, value, context),
    }
  );
}

/** A socket that is listened on, or that no XML names, is the same under a path and as a descriptor. */
function plainKey({ name, properties }: Option, key: string, { said }: Context): string {
  if (name !== 'chardev' || properties.get('backend') !== 'socket' || !/^(path|fd)$/.test(key)) return key;
  const handed = key === 'fd' || properties.get('server') === 'on' || !said.has(properties.get('path') ?? '');
  return handed ? 'socket' : key;
}

function plain(option: Option, key: string, value: string, context: Context): string {
  const { macs, said } = context;
  if (plainKey(option, key, context) === 'socket') return '*';
  if (key === 'mac') return macs.has(value.toLowerCase()) ? value.toLowerCase() : '*';
  if (DESCRIPTORS.test(key) || value.startsWith('/dev/fdset/')) return 'descriptor';
  const [, scheme = '', path] = /^(unix:(?:path=)?)?(\/[^,]*)$/.exec(value) ?? [];
  return path !== undefined && OWN_PATHS.test(path) && !said.has(path) ? `${scheme}<own>` : value;
}

/** What a property names, in its place. */
function inlined(key: string, value: string, definitions: Definitions, context: Context): Properties | undefined {
  const last = key.split('.').at(-1) ?? key;
  for (const kind of REFERENCES[last] ?? []) {
    const node = kind === 'blockdev' ? blockNode(value, definitions) : undefined;
    if (node) return prefixed(key, paths(node, context, definitions));
    const found = kind === 'blockdev' ? undefined : definitions.find(kind, value);
    if (found) return prefixed(key, byPresence(found) ?? factOf(found, definitions, context).properties);
  }
  return undefined;
}

/** Secrets and certificates: that there are some. */
function byPresence({ properties }: Option): Properties | undefined {
  const type = properties.get('qom-type') ?? '';
  if (type === 'secret' || type.startsWith('tls-creds')) return { 'qom-type': type };
  return properties.get('driver') === 'none' && !properties.has('qom-type') ? {} : undefined;
}

function paths(node: Properties, context: Context, definitions: Definitions): Properties {
  const option = { name: 'blockdev', properties: new Map(), words: [] } satisfies Option;
  return Object.assign(
    {},
    ...Object.entries(node).map(
      ([key, value]) => inlined(key, value, definitions, context) ?? { [key]: plain(option, key, value, context) },
    ),
  );
}
