import type { Fact } from './canonical.ts';

/** Where a device is, which a loose comparison leaves out. */
const PLACES = ['bus', 'addr'];

export type Mode = 'loose' | 'strict';

const lineOf = ({ option, properties }: Fact, mode: Mode): string => {
  const entries = Object.entries(properties).filter(
    ([key]) => mode === 'strict' || option !== 'device' || !PLACES.includes(key),
  );
  return `-${option} ${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}`;
};

const isHanded = ({ properties }: Fact, key: string): boolean => properties[key] === 'descriptor';

/** Whoever opens a file decides what becomes of its content; qemu is then told to append, always. */
const isOpening = (wanted: Fact, key: string): boolean =>
  /append$/.test(key) &&
  (isHanded(wanted, key.replace(/append$/, 'path')) || isHanded(wanted, key.replace(/append$/, 'file')));

/** Where one machine is handed a file as a descriptor, the path by which the other opens it. */
const handedOver = ({ option, properties }: Fact, wanted: Fact): Fact => ({
  option,
  properties: Object.fromEntries(
    Object.entries(properties)
      .filter(([key]) => !isOpening(wanted, key))
      .map(([key, value]) => [key, isHanded(wanted, key) && value.startsWith('/') ? 'descriptor' : value]),
  ),
});

/** What one machine has and the other lacks, thing by thing. */
export interface Difference {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** Compares two machines as multisets. */
export function compare(wanted: readonly Fact[], got: readonly Fact[], mode: Mode): Difference {
  const extra = got.map((fact) => ({ fact, line: lineOf(fact, mode) }));
  const take = (index: number): boolean => index >= 0 && extra.splice(index, 1).length > 0;
  const exact = wanted.filter((fact) => !take(extra.findIndex(({ line }) => line === lineOf(fact, mode))));
  const missing = exact.filter((fact) => {
    const line = lineOf(handedOver(fact, fact), mode);
    return !take(extra.findIndex((other) => lineOf(handedOver(other.fact, fact), mode) === line));
  });
  return { missing: missing.map((fact) => lineOf(fact, mode)), extra: extra.map(({ line }) => line) };
}

export const isSame = ({ missing, extra }: Difference): boolean => missing.length === 0 && extra.length === 0;

const headOf = (line: string): string => {
  const [option = '', ...words] = line.split(' ');
  const kind = words.find((word) => /^(driver|qom-type|backend|type|model)=/.test(word)) ?? '';
  return `${option} ${kind}`.trim();
};

/** Words that only one line has, for two lines about the same thing. */
function between(missing: string, extra: string): string[] {
  const [ours, theirs] = [new Set(extra.split(' ')), new Set(missing.split(' '))];
  const keyOf = (word: string): string => word.split('=')[0] ?? word;
  return [
    ...[...theirs].filter((word) => !ours.has(word)).map((word) => `lacks ${word}`),
    ...[...ours]
      .filter((word) => !theirs.has(word) && ![...theirs].some((one) => keyOf(one) === keyOf(word)))
      .map((word) => `has ${word}`),
  ].map((text) => `${headOf(missing)}: ${text}`);
}

/** The difference in short texts that are alike across files, so that they can be counted. */
export function reasonsOf({ missing, extra }: Difference): string[] {
  const left = [...extra];
  const paired = missing.flatMap((line) => {
    const index = left.findIndex((one) => headOf(one) === headOf(line));
    if (index < 0) return [`${headOf(line)}: missing`];
    const [other = ''] = left.splice(index, 1);
    return between(line, other);
  });
  return [...paired, ...left.map((line) => `${headOf(line)}: too many`)];
}
