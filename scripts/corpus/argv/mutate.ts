import { factsOf } from './canonical.ts';
import { compare, isSame } from './compare.ts';
import type { Context } from './context.ts';

/** One change of a command line, by what was changed. */
export interface Mutation {
  readonly what: string;
  readonly args: readonly string[];
}

/** What the rules of the comparison leave out on purpose; a change of it cannot be seen. */
const LEFT_OUT = new Set([
  '-name',
  '-S',
  '-nodefaults',
  '-no-user-config',
  '-no-shutdown',
  '-sandbox',
  '-msg',
  '-mon',
  '-add-fd',
  '-watchdog-action',
]);
const FREE =
  /"(id|node-name|auto-read-only)":|"qom-type":"(secret|tls-creds)|"driver":"none"|masterKey0|charmonitor|^none$|^tcg$|^strict=on$|ICH9-LPC\.noreboot=off/;

const isFree = (option: string, value: string): boolean =>
  LEFT_OUT.has(option) || FREE.test(value.replace(/"(id|node-name)":"[^"]*",?|"auto-read-only":true,?/g, ''));

type Json = { [key: string]: unknown };

const changed = (value: unknown): unknown => {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}x`;
  return 'x';
};

/** Properties of which one value is the same as none: the rules leave them out. */
const isNothing = (key: string, object: Json): boolean =>
  (key === 'read-only' && object[key] === false) ||
  (key === 'cache' && object.file !== undefined) ||
  isOfTheFormat(key, object);

/** Whether a layer above decides about the property. */
const isOfTheFormat = (key: string, object: Json): boolean =>
  key === 'discard' && object['auto-read-only'] !== undefined;

const NAMES = /^(id|node-name|fd|fds|vhostfd|vhostfds|mac|filename|path|auto-read-only)$/;

function ofJson(text: string): [string, string][] {
  const object = JSON.parse(text) as Json;
  const keys = Object.keys(object).filter((key) => !NAMES.test(key) && !isOfTheFormat(key, object));
  const without = (key: string): string =>
    JSON.stringify(Object.fromEntries(Object.entries(object).filter(([other]) => other !== key)));
  return [
    ...keys.map((key): [string, string] => [
      `${key} changed`,
      JSON.stringify({ ...object, [key]: changed(object[key]) }),
    ]),
    ...keys
      .filter((key) => !isNothing(key, object))
      .map((key): [string, string] => [`${key} taken away`, without(key)]),
    ['a property added', JSON.stringify({ ...object, 'x-added': 1 })],
  ];
}

function ofText(text: string): [string, string][] {
  const parts = text.split(',');
  const without = (index: number): string => parts.filter((_, other) => other !== index).join(',');
  const isName = (part: string): boolean => NAMES.test(part.split('=')[0] ?? '');
  const change = (part: string): string => {
    const [key, value] = part.split('=');
    if (value === undefined) return `${part}x`;
    return `${key}=${value === 'on' ? 'off' : value === 'off' ? 'on' : /^\d+$/.test(value) ? Number(value) + 1 : `${value}x`}`;
  };
  return parts.flatMap((part, index): [string, string][] =>
    isName(part)
      ? []
      : [
          [`${part} changed`, parts.map((other, at) => (at === index ? change(other) : other)).join(',')],
          ...(parts.length > 1 && index > 0 ? [[`${part} taken away`, without(index)] as [string, string]] : []),
        ],
  );
}

/** Every small change of a command line that a comparison must see. */
export function mutationsOf(args: readonly string[], { hostCpu }: Context): Mutation[] {
  return args.flatMap((option, index): Mutation[] => {
    const value = args[index + 1];
    if (hostCpu && option === '-cpu') return [];
    if (!/^-[a-z]/.test(option) || value === undefined || /^-[a-z]/.test(value) || isFree(option, value)) return [];
    const replaced = (text: string): string[] => args.map((other, at) => (at === index + 1 ? text : other));
    const changes = value.startsWith('{') ? ofJson(value) : ofText(value);
    return [
      ...changes.map(([what, text]) => ({ what: `${option}: ${what}`, args: replaced(text) })),
      { what: `${option} ${value} taken away`, args: args.filter((_, at) => at !== index && at !== index + 1) },
      { what: `${option} ${value} given twice`, args: [...args, option, value] },
    ];
  });
}

/** How many changes a strict comparison sees, and those that it does not. */
export function testComparison(args: readonly string[], context: Context): { made: number; unseen: string[] } {
  const wanted = factsOf(args, context);
  const mutations = mutationsOf(args, context);
  const isUnseen = (changedArgs: readonly string[]): boolean =>
    isSame(compare(wanted, factsOf(changedArgs, context), 'strict'));
  return { made: mutations.length, unseen: mutations.filter((one) => isUnseen(one.args)).map(({ what }) => what) };
}
