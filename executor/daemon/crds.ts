import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** As committed in yamls/crds.yaml; the build writes the same as JSON, which is read without 10 MB of YAML parser. */
const BUILT = join(import.meta.dirname, '../crds.json');
const COMMITTED = join(import.meta.dirname, '../../yamls/crds.yaml');

async function parseCommitted(): Promise<object[]> {
  const { parseAllDocuments } = await import('yaml');
  const text = await readFile(COMMITTED, 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as object);
}

/** The definitions of our kinds. Both the sources and the bundle are two folders below the root. */
export async function loadCrds(): Promise<object[]> {
  const built = await readFile(BUILT, 'utf8').catch(() => undefined);
  return built === undefined ? parseCommitted() : (JSON.parse(built) as object[]);
}
