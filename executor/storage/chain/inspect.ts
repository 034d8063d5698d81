import { type Described, inspectOwn, type Volume } from '../volume/inspect.ts';
import { activeFile } from './active.ts';
import { lineOf, listChain } from './files.ts';
import { volumeOf } from './layout.ts';

/**
 * What a guest sees of a disk: the file that is written to, and everything that this lies on, down to the image of the volume.
 * @param file any file of the disk, with the format of its volume
 * @throws as `inspectOwn`
 */
export async function inspectDisk(file: Described): Promise<Volume> {
  const active = await activeFile(file);
  const volume = volumeOf(active.path);
  if (active.path === volume) return inspectOwn({ ...file, path: volume });
  const own = await inspectOwn(active);
  const below = lineOf(await listChain(volume), active.path).slice(1);
  const all = await Promise.all(
    below.map((path) => inspectOwn({ path, format: path === volume ? file.format : 'qcow2' })),
  );
  const actualSize = all.reduce((sum, one) => sum + one.actualSize, own.actualSize);
  const images = all.at(-1)?.path === volume ? (all.at(-1)?.backingChain ?? []) : [];
  return { ...own, actualSize, backingChain: [...below, ...images] };
}
