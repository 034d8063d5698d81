import { own } from './own.ts';

/** Flags that kubectl takes before the verb as well, and whether a value follows. */
const GLOBAL: Readonly<Record<string, boolean>> = {
  '-n': true,
  '--namespace': true,
  '--context': true,
  '--kubeconfig': true,
  '-A': false,
  '--all-namespaces': false,
};

/** `-n web get vm` as `get vm -n web`: oclif wants the command first. */
export function commandFirst(argv: readonly string[]): string[] {
  let start = 0;
  while (start < argv.length) {
    const word = argv[start] ?? '';
    const value = own(GLOBAL, word.replace(/=.*$/s, ''));
    if (value === undefined) break;
    start += value && !word.includes('=') ? 2 : 1;
  }
  const command = argv.slice(start);
  const before = argv.slice(0, start);
  const end = command.indexOf('--');
  return end === -1 ? [...command, ...before] : [...command.slice(0, end), ...before, ...command.slice(end)];
}

/** Commands that people type from other tools, and what they are here. */
const SYNONYMS: Readonly<Record<string, string>> = {
  ls: 'get',
  list: 'get',
  rm: 'delete',
  ps: 'get vm',
  shutdown: 'stop',
};

/** Edits that turn one word into the other (Damerau-Levenshtein: a swap of neighbours is one). */
export function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost);
      (rows[i] as number[])[j] = swapped ? Math.min(best, at(i - 2, j - 2) + 1) : best;
    }
  }
  return at(a.length, b.length);
}

/** The known word nearest to what was typed, if one is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const synonym = own(SYNONYMS, word);
  if (synonym !== undefined) return synonym;
  const ranked = known.map((name) => ({ name, edits: distance(word, name) })).sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  const prefixed = known.find((name) => word.length > 1 && name.startsWith(word));
  return best && best.edits <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : prefixed;
}
