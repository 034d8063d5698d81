import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../errors.ts';

/** One XML to be analysed. */
export interface Source {
  /** Said in errors and reports. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Failure('failed', `cannot read ${name}: ${(cause as Error).message}`, undefined, { cause });
  }
}

function filesOf(path: string): string[] {
  if (path === '-' || !reading(path, () => statSync(path)).isDirectory()) return [path];
  const names = reading(path, () => readdirSync(path)).filter((name) => name.endsWith('.xml'));
  if (names.length === 0) throw new Failure('failed', `${path} holds no .xml file`);
  return names.sort().map((name) => join(path, name));
}

/** The XML of files, of folders (their .xml files, in order) and of standard input (`-`). @throws Failure */
export const readSources = (paths: readonly string[]): Source[] =>
  paths.flatMap(filesOf).map((path) => {
    const name = path === '-' ? 'standard input' : path;
    return { name, bytes: reading(name, () => readFileSync(path === '-' ? 0 : path)) };
  });
