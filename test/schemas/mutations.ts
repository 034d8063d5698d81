type Json = Record<string, unknown> | unknown[];

export interface Mutation {
  readonly path: string;
  readonly value: unknown;
  readonly spec: Record<string, unknown>;
}

const GONE = Symbol('gone');

/** Values that a person or a program might put where another one belongs. */
const VALUES: readonly unknown[] = [
  GONE,
  0,
  -1,
  1.5,
  1,
  65536,
  2 ** 53,
  true,
  '',
  '-',
  'Nope',
  '1Gi',
  '99999Ti',
  '../../etc',
  'a\nb',
  'ü',
  'x'.repeat(5000),
  [],
  {},
  [{ name: 'a' }, { name: 'a' }],
];

function* paths(value: unknown, path: readonly (string | number)[] = []): Iterable<readonly (string | number)[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  const entries = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
  for (const [key, child] of entries) yield* paths(child, [...path, key]);
}

function put(target: Json, path: readonly (string | number)[], value: unknown): void {
  const [key = '', ...rest] = path;
  const container = target as Record<string | number, unknown>;
  if (rest.length > 0) put(container[key] as Json, rest, value);
  else if (value !== GONE) container[key] = value;
  else if (Array.isArray(target)) target.splice(Number(key), 1);
  else delete container[key];
}

/** The spec with each of its parts in turn replaced by each odd value, or left out. */
export function* mutations(spec: Record<string, unknown>): Iterable<Mutation> {
  for (const path of paths(spec)) {
    for (const value of VALUES) {
      const mutant = structuredClone(spec);
      put(mutant, path, value);
      yield { path: path.join('.'), value: typeof value === 'symbol' ? 'gone' : value, spec: mutant };
    }
  }
}
