import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The definitions of our kinds, as they are committed. Both the sources and the bundle are two folders below the root. */
export async function loadCrds(): Promise<object[]> {
  const { parseAllDocuments } = await import('yaml');
  const text = await readFile(join(import.meta.dirname, '../../yamls/crds.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as object);
}
