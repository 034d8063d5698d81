import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Volume } from '../../qemu/argv.ts';
import { activeFile, volumeOf } from '../../storage/chain/index.ts';
import { isThere, requireTrust } from '../../storage/volume/index.ts';
import type { VolumeFile } from './resources.ts';

/** Finds out what the file system of each volume can do. */
export async function inspectVolumes(files: Readonly<Record<string, VolumeFile>>): Promise<Record<string, Volume>> {
  const entries = Object.entries(files).map(async ([name, file]) => [name, await inspect(file)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** A status may be older than the last external snapshot: what is written to is looked up beside the volume itself. */
async function inspect(file: VolumeFile): Promise<Volume> {
  const { path, format } = await activeFile(file);
  return { ...file, path, format, directIo: await takesDirectIo(path) };
}

/**
 * Says that volumes are what we made, at this moment. What is not there is qemu's to complain of.
 * @throws UntrustedVolumeError and its like
 */
export async function trustVolumes(volumes: Readonly<Record<string, VolumeFile>>): Promise<void> {
  for (const { path, format } of Object.values(volumes)) {
    const volume = volumeOf(path);
    if (volume.startsWith('/dev/') || !(await isThere(volume))) continue;
    await requireTrust({ path: volume, format: volume === path ? format : formatOf(volume) });
  }
}

/** Of a volume below overlays its name still says what it is. */
const formatOf = (volume: string): 'raw' | 'qcow2' => (volume.endsWith('.raw') ? 'raw' : 'qcow2');

/** tmpfs and some network file systems refuse O_DIRECT. A file that is not there is qemu's to complain of. */
async function takesDirectIo(path: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_DIRECT | constants.O_NONBLOCK);
    await file.close();
    return true;
  } catch {
    return false;
  }
}
