import { basename, dirname, join } from 'node:path';

const SUFFIX = '.overlays';

/**
 * Where the overlays of a volume lie that external snapshots made: beside it, in a folder of its own, `web-root.qcow2.overlays/`.
 * No file of a chain ever changes its name: qemu opens files again by the name that it knows.
 */
export const overlayFolder = (volume: string): string => `${volume}${SUFFIX}`;

/** @param id what makes it new, such as the uid of the snapshot that it was made for */
export const overlayPath = (volume: string, id: string): string => join(overlayFolder(volume), `${id}.qcow2`);

/** The volume that a file of a chain belongs to: itself, unless it is an overlay. */
export function volumeOf(path: string): string {
  const folder = dirname(path);
  return folder.endsWith(SUFFIX) ? folder.slice(0, -SUFFIX.length) : path;
}

/** Says which file of the chain is written to. */
export const activeRecord = (volume: string): string => join(overlayFolder(volume), 'active.json');

export const isOverlayName = (name: string): boolean => name.endsWith('.qcow2') && basename(name) === name;
