import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSidecar } from './ownership.ts';

/** Volumes of a namespace in a pool that are overlays on a file, those that were retained after their object included. */
export async function overlaysOn(pool: string, namespace: string, base: string): Promise<string[]> {
  const folder = join(pool, 'disks', namespace);
  const sidecars = (await list(folder)).filter((name) => name.endsWith('.json'));
  const found: string[] = [];
  for (const name of sidecars) {
    const sidecar = await readSidecar(join(folder, name));
    if (sidecar?.base === base) found.push(join(folder, name.slice(0, -'.json'.length)));
  }
  return found;
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
