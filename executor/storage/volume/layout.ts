import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { VolumeFormat } from '../qemu-img/index.ts';

/** A file name has at most 255 bytes; format, sidecar and temporary suffixes need the rest. An object's name may have 253. */
const LONGEST_NAME = 180;

export type VolumeFolder = 'disks' | 'images';

/** Whose file something in a pool is. */
export interface Owner {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Where the files of one volume lie. */
export interface VolumePaths {
  /** The folder of the namespace, `<pool>/disks/<namespace>`. */
  readonly folder: string;
  readonly volume: string;
  /** Says whose volume it is, so that one that is not ours is never overwritten or deleted. */
  readonly sidecar: string;
  /** Where it is made, before it gets its name. */
  readonly part: string;
}

/** `<pool>/disks/<namespace>/<name>.<format>` and the files beside it. */
export function volumePaths(pool: string, kind: VolumeFolder, owner: Owner, format: VolumeFormat): VolumePaths {
  const folder = join(pool, kind, owner.namespace);
  const file = `${fileName(owner.name)}.${format}`;
  return {
    folder,
    volume: join(folder, file),
    sidecar: join(folder, `${file}.json`),
    part: join(folder, `.${fileName(owner.name)}.${owner.uid}.part`),
  };
}

/** A name too long for a file is cut, with a digest that keeps it apart from others. */
function fileName(name: string): string {
  if (name.length <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, LONGEST_NAME - 17)}-${digest}`;
}
