import type { Option } from './options.ts';

/** What other options refer to, by kind and name. */
export class Definitions {
  readonly byName = new Map<string, Option>();
  readonly used = new Set<string>();
  /** Names that are given a second time. */
  readonly twice: Option[] = [];

  constructor(options: readonly Option[]) {
    for (const option of options) {
      const name = nameOf(option);
      if (name === undefined) continue;
      const key = `${option.name} ${name}`;
      if (this.byName.has(key)) this.twice.push(option);
      this.byName.set(key, option);
    }
  }

  find(kind: string, name: string): Option | undefined {
    const found = this.byName.get(`${kind} ${name}`);
    if (found) this.used.add(`${kind} ${name}`);
    return found;
  }

  isUsed(option: Option): boolean {
    return this.used.has(`${option.name} ${nameOf(option)}`) && !this.twice.includes(option);
  }
}

const nameOf = ({ name, properties }: Option): string | undefined =>
  properties.get(name === 'blockdev' ? 'node-name' : 'id');

/** Kinds that a property may name, by the last part of its name. */
export const REFERENCES: Readonly<Record<string, readonly string[]>> = {
  drive: ['blockdev', 'drive'],
  file: ['blockdev'],
  backing: ['blockdev'],
  'data-file': ['blockdev'],
  pflash0: ['blockdev'],
  pflash1: ['blockdev'],
  netdev: ['netdev'],
  chardev: ['chardev'],
  tpmdev: ['tpmdev'],
  fsdev: ['fsdev'],
  audiodev: ['audiodev'],
  rng: ['object'],
  memdev: ['object'],
  iothread: ['object'],
  cryptodev: ['object'],
  'memory-backend': ['object'],
  'confidential-guest-support': ['object'],
  'throttle-group': ['object'],
  'pr-manager': ['object'],
  'key-secret': ['object'],
  'password-secret': ['object'],
  'cookie-secret': ['object'],
  passwordid: ['object'],
  'tls-creds': ['object'],
};

/** Objects that are things of their own, shared by those that name them. */
export const STANDS_ALONE = /^(iothread|throttle-group|main-loop)$/;

/** QAPI's names of a character backend's properties, as the short form has them. */
const CHARDEV: readonly (readonly [RegExp, string])[] = [
  [/^backend\.type$/, 'backend'],
  [/^backend\.data\.addr\.type$/, ''],
  [/^backend\.data\.addr\.data\./, ''],
  [/^backend\.data\.(remote|local)\.type$/, ''],
  [/^backend\.data\.remote\.data\./, ''],
  [/^backend\.data\.local\.data\.host$/, 'localaddr'],
  [/^backend\.data\.local\.data\.port$/, 'localport'],
  [/^backend\.data\.(out|device)$/, 'path'],
  [/^backend\.data\.str$/, 'fd'],
  [/^backend\.data\./, ''],
];

/** What a character device is anyway, and the name that every agent of a display has. */
const isUsual = (name: string, value: string): boolean =>
  (/^(server|telnet)$/.test(name) && /^(off|false|no)$/.test(value)) ||
  (/^(name|type)$/.test(name) && value === 'vdagent');

/** The short form of a character backend. */
export function chardevOf(properties: ReadonlyMap<string, string>): Map<string, string> {
  const made = new Map<string, string>();
  for (const [key, value] of properties) {
    const rule = CHARDEV.find(([pattern]) => pattern.test(key));
    const name = rule ? key.replace(rule[0], rule[1]) : key;
    if (isUsual(name, value)) continue;
    if (name === 'str') made.set('fd', value);
    else if (/^(type|fqdn)$/.test(name) && /^spice/.test(properties.get('backend.type') ?? '')) made.set('name', value);
    else if (name === 'reconnect') made.set('reconnect-ms', `${value}000`);
    else if (name === 'type' && properties.get('backend.type') === 'socket') continue;
    else if (name !== '') made.set(name, value);
  }
  return made;
}

/** How a tap device is handed over: by descriptors, or by its name. Its queues count. */
const TAP_END = /^(fds?|ifname|script|downscript|queues)$/;

/** A tap by presence, as descriptors are. */
export function netdevOf(properties: ReadonlyMap<string, string>): Map<string, string> {
  if (properties.get('type') !== 'tap') return new Map(properties);
  const queues = properties.get('fds')?.split(':').length ?? Number(properties.get('queues') ?? 1);
  const rest = [...properties].filter(([key]) => !TAP_END.test(key));
  return new Map([...rest, ['tap', 'present'], ...(queues > 1 ? [['queues', String(queues)] as const] : [])]);
}
