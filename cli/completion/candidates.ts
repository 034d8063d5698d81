import type { Package } from '../plugin.ts';
import { readWords, type Typed } from './words.ts';

/** A word that could stand here, and what it means. */
export type Candidate = readonly [word: string, meaning?: string];

/** What has to be asked of the API or the kubeconfig. */
export interface Sources {
  /** Names of objects of a resource, in the namespace that was typed. */
  names(resource: string, typed: Typed): Promise<string[]>;
  contexts(typed: Typed): Promise<string[]>;
  resources(): string[];
}

export const FILES = 'files' as const;

/** Resource whose names a flag takes; `files` for the shell's own completion. */
const FLAG_VALUES: Readonly<Record<string, string>> = {
  namespace: 'namespaces',
  image: 'images',
  disk: 'disks',
  'from-disk': 'disks',
  network: 'networks',
  pool: 'pools',
  filename: FILES,
  kubeconfig: FILES,
  home: FILES,
};

/** Resource whose names a command's arguments are, one for each place; the last one goes on. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  start: ['vm'],
  stop: ['vm'],
  restart: ['vm'],
  reset: ['vm'],
  pause: ['vm'],
  resume: ['vm'],
  console: ['vm', ''],
  logs: ['vm', ''],
  showcmd: ['vm', ''],
  snapshot: ['vm', ''],
  'snapshot:create': ['vm', ''],
  'snapshot:list': ['vm', ''],
  'snapshot:revert': ['vmsn', ''],
  'snapshot:delete': ['vmsn'],
  'disk:resize': ['disk', ''],
  'disk:clone': ['disk', ''],
  'disk:attach': ['vm', 'disk', ''],
  'disk:detach': ['vm', 'disk', ''],
  'disk:eject': ['vm', ''],
  'disk:insert': ['vm', ''],
  'image:import': [FILES, ''],
  import: [FILES, ''],
};

/** Commands that take RESOURCE NAME... or RESOURCE/NAME. */
const SELECTING: ReadonlySet<string> = new Set(['get', 'describe', 'delete', 'edit', 'wait', 'events']);

const words = (list: readonly string[]): Candidate[] => list.map((word) => [word]);

const firstLine = (text: string | undefined): string => (text ?? '').split('\n', 1)[0] ?? '';

function commandWords({ path }: Typed, commands: Package['commands']): Candidate[] {
  const depth = path.length;
  const below = Object.values(commands).filter(
    ({ id, hidden }) => !hidden && path.every((word, i) => id.split(':')[i] === word),
  );
  const found = new Map<string, string>();
  for (const { id, summary } of below) {
    const word = id.split(':')[depth];
    if (word !== undefined && (!found.has(word) || id.split(':').length === depth + 1))
      found.set(word, firstLine(summary));
  }
  return [...found];
}

function flagWords(id: string, commands: Package['commands']): Candidate[] {
  return Object.values(commands[id]?.flags ?? {})
    .filter(({ hidden }) => !hidden)
    .map(({ name, description }) => [`--${name}`, firstLine(description)]);
}

type Values = readonly Candidate[] | typeof FILES;

async function namesOf(resource: string, typed: Typed, sources: Sources): Promise<Values> {
  if (resource === FILES) return FILES;
  return resource === '' ? [] : words(await sources.names(resource, typed));
}

async function flagValues(typed: Typed, sources: Sources): Promise<Values> {
  const { flag } = typed;
  if (flag?.type === 'option' && flag.options) return words(flag.options);
  if (flag?.name === 'context') return words(await sources.contexts(typed));
  return namesOf(FLAG_VALUES[flag?.name ?? ''] ?? '', typed, sources);
}

async function selection({ positional, current, ...rest }: Typed, sources: Sources): Promise<Values> {
  const typed = { positional, current, ...rest };
  const slash = current.indexOf('/');
  if (slash !== -1) {
    const resource = current.slice(0, slash);
    return words((await sources.names(resource, typed)).map((name) => `${resource}/${name}`));
  }
  const [resource] = positional;
  if (resource === undefined || resource.includes('/')) return words(sources.resources());
  return words(await sources.names(resource, typed));
}

async function argumentWords(typed: Typed, commands: Package['commands'], sources: Sources): Promise<Values> {
  const { id = '', positional } = typed;
  if (SELECTING.has(id)) return selection(typed, sources);
  const options = Object.values(commands[id]?.args ?? {})[positional.length]?.options;
  if (options) return words(options);
  const places = ARGUMENTS[id] ?? [];
  return namesOf(places[Math.min(positional.length, places.length - 1)] ?? '', typed, sources);
}

/** What could stand where the cursor is. `files` leaves it to the shell. */
export async function candidates(
  all: readonly string[],
  commands: Package['commands'],
  sources: Sources,
): Promise<Values> {
  const typed = readWords(all, commands);
  const found = await possible(typed, commands, sources);
  if (found === FILES) return FILES;
  return found
    .filter(([word]) => word.startsWith(typed.current))
    .map(([word, meaning]) => [typed.flagPrefix + word, meaning ?? '']);
}

async function possible(typed: Typed, commands: Package['commands'], sources: Sources): Promise<Values> {
  if (typed.flag) return flagValues(typed, sources);
  if (typed.current.startsWith('-')) return flagWords(typed.id ?? 'get', commands);
  const below = typed.positional.length === 0 ? commandWords(typed, commands) : [];
  if (typed.id === undefined) return below;
  const own = await argumentWords(typed, commands, sources);
  return own === FILES ? FILES : [...own, ...below];
}
