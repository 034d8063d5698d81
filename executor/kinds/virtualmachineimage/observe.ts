import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import type { VolumeFormat } from '../../storage/qemu-img/index.ts';
import type { TaskState, Tasks } from '../../storage/tasks.ts';
import { type UploadState, uploadState } from '../../storage/upload.ts';
import { inspectOwn, isThere, readSidecar, type Volume, volumePaths, whoHolds } from '../../storage/volume/index.ts';
import { isDeleting, uidOf } from '../common/object.ts';
import { type UsablePool, usablePool } from '../virtualmachinestoragepool/usable.ts';
import { imageOwner, partOf } from './owner.ts';
import type { Published } from './publish.ts';
import type { SourceType } from './source.ts';
import { sourceType } from './sources.ts';
import { usersOf } from './users.ts';

export interface StoredImage extends Volume {
  readonly format: VolumeFormat;
  readonly digest: string | undefined;
}

/** Work beside the queue: the import under the object's uid, a publication under `publishing`. */
export type ImageTasks = Tasks<Published | undefined>;
type ImageTask = TaskState<Published | undefined>;

export const publishing = (image: VirtualMachineImage): string => `${uidOf(image)} publish`;

export interface ObservedImage {
  readonly pool: UsablePool;
  readonly source: SourceType | undefined;
  /** How much has come, where the content is sent to us. */
  readonly upload: UploadState | undefined;
  /** The whole image, under its own name. */
  readonly stored: StoredImage | undefined;
  /** Whoever gave the image its name was killed before the half-made file lost its own. */
  readonly leftover?: boolean;
  /** Somebody else's file has the name. */
  readonly conflict: string | undefined;
  readonly task: ImageTask | undefined;
  readonly publication: ImageTask | undefined;
  /** Who needs the image, as `disk web-root`. */
  readonly users: readonly string[];
}

export async function observeImage(
  context: Context,
  image: VirtualMachineImage,
  tasks: ImageTasks,
): Promise<ObservedImage> {
  const pool = usablePool(context, image.spec.pool);
  const source = sourceType(image.spec);
  const found: Found = pool.path === undefined ? {} : await findStored(image, pool.path);
  const { stored, conflict } = found;
  const sent = source === 'upload' && !stored && pool.path !== undefined;
  return {
    ...{ pool, source, stored, conflict },
    ...(found.leftover && { leftover: true }),
    upload: sent ? await uploadState(partOf(image, pool.path)) : undefined,
    task: tasks.get(uidOf(image)),
    publication: tasks.get(publishing(image)),
    users: stored || isDeleting(image) ? await usersOf(context, image, stored?.path) : [],
  };
}

type Found = { readonly stored?: StoredImage; readonly conflict?: string | undefined; readonly leftover?: boolean };

/** Without a declared format only the finished file's name tells which it is. */
async function findStored(image: VirtualMachineImage, pool: string) {
  const { format: declared } = image.spec;
  const formats: readonly VolumeFormat[] = declared === 'raw' ? [declared] : ['qcow2', 'raw'];
  let conflict: string | undefined;
  for (const format of formats) {
    const paths = volumePaths(pool, 'images', imageOwner(image), format);
    const held = await whoHolds(paths, imageOwner(image));
    if (held.by === 'other') conflict = held.message;
    if (held.by !== 'us') continue;
    const digest = (await readSidecar(paths.sidecar))?.digest;
    const leftover = await isThere(paths.part);
    return { leftover, stored: { ...(await inspectOwn({ path: paths.volume, format })), format, digest } };
  }
  return { conflict };
}
