import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADER_BYTES, parseQcow2 } from '../header/qcow2.ts';
import { isOverlayName, overlayFolder } from './layout.ts';

/** One file of a disk, and the one that it is an overlay on. */
export interface ChainFile {
  readonly path: string;
  /** Another file of this chain; nothing for the volume itself, whatever image that is an overlay on. */
  readonly backing?: string;
}

/** A volume and all overlays that lie beside it, by what their own headers say. Files that are no qcow2 are left out. */
export async function listChain(volume: string): Promise<ChainFile[]> {
  const folder = overlayFolder(volume);
  const names = (await list(folder)).filter(isOverlayName).sort();
  const overlays = await Promise.all(names.map((name) => readOverlay(join(folder, name))));
  return [{ path: volume }, ...overlays.flatMap((file) => file ?? [])];
}

async function readOverlay(path: string): Promise<ChainFile | undefined> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const { backingFile } = parseQcow2(buffer.subarray(0, bytesRead));
    return backingFile === undefined ? undefined : { path, backing: backingFile };
  } catch (error) {
    if (error instanceof RangeError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** A file and what it is an overlay on, down to the volume. */
export function lineOf(files: readonly ChainFile[], path: string): string[] {
  const line: string[] = [];
  for (let at: string | undefined = path; at !== undefined && !line.includes(at); ) {
    line.push(at);
    at = files.find((file) => file.path === at)?.backing;
  }
  return line;
}
