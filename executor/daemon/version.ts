import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The version of this program. Both the sources and the bundle are two folders below the root. */
export async function version(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'));
  return String(manifest.version);
}
