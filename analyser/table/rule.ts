import type { Codec } from './codec.ts';
import { getPath, type Path, setPath } from './path.ts';

/** Kept in a field of the schema. */
export interface Imported<S> {
  readonly outcome: 'imported';
  /** Path of the field, below the scope's own place unless it begins with a kind. */
  readonly field: string;
  readonly reason?: string;
  /** Puts the text where it belongs; returns what is wrong with it. */
  take(scope: S, text: string): string | undefined;
  /** The text that the field stands for. */
  give(scope: S): string | undefined;
  /** Whether two texts mean the same value. */
  same(one: string, other: string): boolean;
  /** Exporting writes our own form (bytes as KiB); the one of the input is not kept. */
  readonly canonical: boolean;
  /** Texts that say nothing which the field's absence does not. */
  readonly unless?: Default;
}

/** What vmctl does anyway; kept for export. */
export interface Default {
  readonly outcome: 'default';
  /** Accepted texts. */
  readonly values: readonly string[];
  readonly reason: string;
}

/** Accepted without effect; kept for export unless it exists only while a machine runs. */
export interface Ignored {
  readonly outcome: 'ignored';
  readonly reason: string;
  readonly runtime: boolean;
  readonly accepts: Codec<unknown> | undefined;
}

export interface Refused {
  readonly outcome: 'refused';
  readonly reason: string;
}

/** What an attribute, a text or the presence of an element becomes. */
export type Rule<S> = Imported<S> | Default | Ignored | Refused;

interface ImportOptions {
  /** Said in the report in place of the path. */
  readonly field?: string;
  readonly reason?: string;
  readonly canonical?: boolean;
  readonly unless?: Default;
}

/** A value that lives at `path` of the scope. */
export function field<S extends object, V>(path: Path<S>, codec: Codec<V>, options: ImportOptions = {}): Imported<S> {
  const read = (text: string): string => JSON.stringify(codec.read(text));
  return {
    outcome: 'imported',
    field: options.field ?? path,
    ...(options.reason !== undefined && { reason: options.reason }),
    ...(options.unless && { unless: options.unless }),
    canonical: options.canonical ?? false,
    take: (scope, text) => {
      const result = codec.read(text);
      if ('fault' in result) return result.fault;
      setPath(scope, path, result.value);
      return undefined;
    },
    give: (scope) => {
      const value = getPath(scope, path);
      return value === undefined ? undefined : codec.write(value as V);
    },
    same: (one, other) => read(one) === read(other),
  };
}

/** `field` for the paths of one scope. */
export const fieldOf =
  <S extends object>() =>
  <V>(path: Path<S>, codec: Codec<V>, options?: ImportOptions): Imported<S> =>
    field(path, codec, options);

/** The word that told which table this is, such as `type='file'`: the object itself says it. */
export const selector = <S>(word: string, what: string): Imported<S> => ({
  outcome: 'imported',
  field: what,
  canonical: false,
  take: (_, text) => (text === word ? undefined : `must be ${word}`),
  give: () => word,
  same: (one, other) => one === other,
});

export const same = (reason: string, ...values: readonly string[]): Default => ({ outcome: 'default', values, reason });

export const ignored = (reason: string, accepts?: Codec<unknown>): Ignored => ({
  outcome: 'ignored',
  reason,
  runtime: false,
  accepts,
});

export const runtime = (reason: string): Ignored => ({ outcome: 'ignored', reason, runtime: true, accepts: undefined });

export const refused = (reason: string): Refused => ({ outcome: 'refused', reason });
