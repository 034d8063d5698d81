import { chmod, mkdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { syncFolder, writeFileAtomic } from '../../host/atomic.ts';
import type { File } from '../qemu-img/index.ts';
import { activeRecord, isOverlayName, overlayFolder, overlayPath, volumeOf } from './layout.ts';

/**
 * The file of a disk that is written to now: its volume, or the newest overlay of an external snapshot. To start from another
 * one loses what the guest wrote, so this is read again before each use, never taken from a status.
 * @param file any file of the disk's chain, with the format of its volume
 * @throws when the record is there and cannot be understood: to guess would be to choose what is lost
 */
export async function activeFile({ path, format }: File): Promise<File> {
  const volume = volumeOf(path);
  const name = await readRecord(volume);
  return name === undefined ? { path: volume, format } : { path: overlayPath(volume, name), format: 'qcow2' };
}

/** The overlay's name without its suffix; nothing for the volume itself. */
async function readRecord(volume: string): Promise<string | undefined> {
  const path = activeRecord(volume);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const { active } = JSON.parse(text) as { active?: unknown };
  if (active === null) return undefined;
  if (typeof active === 'string' && isOverlayName(active)) return active.slice(0, -'.qcow2'.length);
  throw new Error(`${path} does not say which file is written to: write {"active": "NAME.qcow2"} into it`);
}

/** Writes down, to outlast a power cut, which file of a chain is written to from now on. */
export async function setActive(path: string): Promise<void> {
  const volume = volumeOf(path);
  await makeOverlayFolder(volume);
  const active = path === volume ? null : basename(path);
  await writeFileAtomic(activeRecord(volume), `${JSON.stringify({ active })}\n`, { mode: 0o644, alone: true });
}

/** qemu runs as another user: it may pass through, not list. */
export async function makeOverlayFolder(volume: string): Promise<void> {
  const folder = overlayFolder(volume);
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  await chmod(folder, 0o711);
  await syncFolder(dirname(folder));
}
