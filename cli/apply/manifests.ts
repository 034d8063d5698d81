import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject, ObjectMeta } from '../../schemas/types/object.ts';
import { Failure, usage } from '../errors.ts';
import { objectName, quoted } from '../names.ts';

/** An object as a file has it: it may have no name yet (generateName) and no namespace. */
export type Draft = Omit<KubeObject, 'metadata'> & { metadata: Partial<ObjectMeta> };

export interface Manifest {
  readonly object: Draft;
  /** File that it is from, for errors. */
  readonly source: string;
}

const EXTENSIONS = /\.(ya?ml|json)$/;

/** Files of a path, in order; a folder is read without its subfolders unless `recursive`. @throws Failure */
function filesOf(path: string, recursive: boolean): string[] {
  if (path === '-') return [path];
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path, { recursive, encoding: 'utf8' })
      .filter((name) => EXTENSIONS.test(name))
      .sort();
    if (names.length === 0) throw new Failure('failed', `${path} holds no .yaml, .yml or .json file`);
    return names.map((name) => join(path, name));
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('failed', `cannot read ${path}: ${(cause as Error).message}`, undefined, { cause });
  }
}

function readSource(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw new Failure('failed', `cannot read ${path}: ${(cause as Error).message}`, undefined, { cause });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function checked(value: unknown, source: string): Manifest[] {
  if (!isObject(value)) throw usage(`${source}: an object was expected, not ${quoted(JSON.stringify(value) ?? '')}`);
  const { apiVersion, kind, items, metadata } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    throw usage(`${source}: an object has no apiVersion or no kind`, 'begin it with: apiVersion: vmctl.dev/v1alpha1');
  if (kind.endsWith('List') && Array.isArray(items)) return items.flatMap((item) => checked(item, source));
  if (!isObject(metadata)) throw usage(`${source}: ${kind} has no metadata`, 'give it a name: metadata: {name: web}');
  if (typeof metadata['name'] === 'string') objectName(metadata['name']);
  else if (typeof metadata['generateName'] !== 'string') throw usage(`${source}: ${kind} has no metadata.name`);
  return [{ object: value as unknown as Draft, source }];
}

/** The objects of a YAML or JSON text. @throws Failure naming the source */
export async function parseManifests(text: string, source: string): Promise<Manifest[]> {
  const { parseYamlDocuments } = await import('../chunks/yaml.ts');
  let documents: unknown[];
  try {
    documents = parseYamlDocuments(text);
  } catch (cause) {
    throw new Failure('failed', `${source} is not valid YAML: ${(cause as Error).message.trim()}`, undefined, {
      cause,
    });
  }
  return documents.flatMap((document) => checked(document, source));
}

/** The objects of files, folders and standard input (`-`), in order. @throws Failure */
export async function readManifests(paths: readonly string[], recursive = false): Promise<Manifest[]> {
  const files = paths.flatMap((path) => filesOf(path, recursive));
  const lists = await Promise.all(
    files.map((file) => parseManifests(readSource(file), file === '-' ? 'standard input' : file)),
  );
  const all = lists.flat();
  if (all.length === 0) throw usage(`there is no object in ${paths.join(', ')}`);
  return all;
}
