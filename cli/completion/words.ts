import { own } from '../own.ts';
import type { Package } from '../plugin.ts';

type Commands = Package['commands'];
type Flag = Commands[string]['flags'][string];

/** What has been typed so far. */
export interface Typed {
  /** The command that was named, if it is one. */
  readonly id: string | undefined;
  /** Words of the command that were typed, such as [`snapshot`]. */
  readonly path: readonly string[];
  /** Arguments before the word that is being typed. */
  readonly positional: readonly string[];
  /** The word that is being typed. */
  readonly current: string;
  /** The flag whose value is being typed, and what of it stands in the same word: `--output=js`. */
  readonly flag: Flag | undefined;
  readonly flagPrefix: string;
  readonly values: Readonly<Record<string, string>>;
}

/** bash takes `--output=js` apart at the equals sign. */
export function rejoin(words: readonly string[]): { words: string[]; apart: boolean } {
  const joined: string[] = [];
  for (const [i, word] of words.entries()) {
    const before = words[i - 1] ?? '';
    const continues =
      joined.length > 0 &&
      (word === '=' ? before.startsWith('--') : before === '=' && (words[i - 2] ?? '').startsWith('--'));
    if (continues) joined.push(`${joined.pop()}${word}`);
    else joined.push(word);
  }
  const tail = words.slice(-2);
  return { words: joined, apart: tail[1] === '=' || tail[0] === '=' };
}

const flagOf = (flags: Readonly<Record<string, Flag>>, word: string): Flag | undefined => {
  const name = word.replace(/=.*$/s, '');
  return Object.values(flags).find(
    (flag) => name === `--${flag.name}` || (flag.char !== undefined && name === `-${flag.char}`),
  );
};

const known = (path: readonly string[], commands: Commands): boolean => {
  const id = path.join(':');
  return Object.keys(commands).some((other) => other === id || other.startsWith(`${id}:`));
};

/** Reads the words after `vmctl`, the last of which is being typed. */
export function readWords(all: readonly string[], commands: Commands): Typed {
  const { words, apart } = rejoin(all);
  const current = words.at(-1) ?? '';
  const [path, positional]: [string[], string[]] = [[], []];
  const values: Record<string, string> = {};
  const flagsOf = () => commands[path.join(':')]?.flags ?? commands['get']?.flags ?? {};
  let open: Flag | undefined;
  for (const word of words.slice(0, -1)) {
    if (open) {
      values[open.name] = word;
      open = undefined;
    } else if (word.startsWith('-')) {
      const flag = flagOf(flagsOf(), word);
      const value = word.includes('=') ? word.slice(word.indexOf('=') + 1) : undefined;
      if (flag?.type === 'option' && value === undefined) open = flag;
      else if (flag && value !== undefined) values[flag.name] = value;
    } else if (positional.length === 0 && known([...path, word], commands)) path.push(word);
    else positional.push(word);
  }
  const attached = open === undefined && /^--[^=]+=/.test(current) ? flagOf(flagsOf(), current) : undefined;
  const prefix = attached ? current.slice(0, current.indexOf('=') + 1) : '';
  return {
    id: own(commands, path.join(':')) && path.join(':'),
    ...{ path, positional, values },
    current: current.slice(prefix.length),
    flag: open ?? attached,
    flagPrefix: apart ? '' : prefix,
  };
}
