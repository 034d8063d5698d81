import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import type { VolumeFormat } from '../../storage/qemu-img/index.ts';
import type { TaskState, Tasks } from '../../storage/tasks.ts';
import { inspectOwn, overlaysOn, readSidecar, type Volume, volumePaths, whoHolds } from '../../storage/volume/index.ts';
import { isDeleting, namespaceOf, uidOf } from '../common/object.ts';
import { type UsablePool, usablePool } from '../virtualmachinestoragepool/usable.ts';
import { isSupported, type SourceType, sourceType } from './fetch.ts';
import { imageOwner } from './import.ts';

export interface StoredImage extends Volume {
  readonly format: VolumeFormat;
  readonly digest: string | undefined;
}

export interface ObservedImage {
  readonly pool: UsablePool;
  readonly source: SourceType | undefined;
  readonly supported: boolean;
  /** The whole image, under its own name. */
  readonly stored: StoredImage | undefined;
  /** Somebody else's file has the name. */
  readonly conflict: string | undefined;
  readonly task: TaskState<void> | undefined;
  /** Who needs the image, as `disk web-root`. Only looked for when it is on its way out. */
  readonly users: readonly string[];
}

export async function observeImage(
  context: Context,
  image: VirtualMachineImage,
  tasks: Tasks<void>,
): Promise<ObservedImage> {
  const pool = usablePool(context, image.spec.pool);
  const source = sourceType(image.spec);
  const { stored, conflict } = pool.path === undefined ? {} : await findStored(image, pool.path);
  const users = isDeleting(image) ? await usersOf(context, image, stored?.path) : [];
  return { pool, source, supported: isSupported(source), stored, conflict, task: tasks.get(uidOf(image)), users };
}

/** Without a declared format only the finished file's name tells which it is. */
async function findStored(image: VirtualMachineImage, pool: string) {
  const formats: readonly VolumeFormat[] = image.spec.format ? [image.spec.format] : ['qcow2', 'raw'];
  let conflict: string | undefined;
  for (const format of formats) {
    const paths = volumePaths(pool, 'images', imageOwner(image), format);
    const held = await whoHolds(paths, imageOwner(image));
    if (held.by === 'other') conflict = held.message;
    if (held.by !== 'us') continue;
    const digest = (await readSidecar(paths.sidecar))?.digest;
    return { stored: { ...(await inspectOwn({ path: paths.volume, format })), format, digest } };
  }
  return { conflict };
}

/** Disks that are overlays on it, machines that show it as a CD-ROM, and retained volumes whose objects are gone. */
export async function usersOf(
  context: Context,
  image: VirtualMachineImage,
  path: string | undefined,
): Promise<string[]> {
  const namespace = namespaceOf(image);
  const disks = context.store.list('VirtualMachineDisk', namespace).filter((disk) => isOverlay(disk, image));
  const machines = context.store
    .list('VirtualMachine', namespace)
    .filter(({ spec }) => spec.disks?.some(({ image: used }) => used?.name === image.metadata.name));
  const named = [
    ...disks.map(({ metadata }) => `disk ${metadata.name}`),
    ...machines.map(({ metadata }) => `machine ${metadata.name}`),
  ];
  if (named.length > 0 || path === undefined) return named;
  return (await retained(context, namespace, path)).map((volume) => `retained volume ${volume}`);
}

/** A raw disk, and one with its space taken at once, is a full copy, and needs the image only until it is made. */
export function isOverlay({ spec, status }: VirtualMachineDisk, { metadata }: VirtualMachineImage): boolean {
  if (spec.source?.image?.name !== metadata.name) return false;
  return status?.path === undefined || (spec.format === 'qcow2' && spec.preallocation === 'Off');
}

async function retained(context: Context, namespace: string, path: string): Promise<string[]> {
  const pools = context.store
    .list('VirtualMachineStoragePool')
    .map(({ metadata }) => usablePool(context, metadata.name).path)
    .filter((pool) => pool !== undefined);
  return (await Promise.all(pools.map((pool) => overlaysOn(pool, namespace, path)))).flat();
}
