import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { Context } from '../../controller/types.ts';
import { inspectDisk } from '../../storage/chain/inspect.ts';
import type { TaskState, Tasks } from '../../storage/tasks.ts';
import { isThere, type Owner, type Volume, volumePaths, whoHolds } from '../../storage/volume/index.ts';
import { type DiskHolder, holderOf } from '../common/disk-users.ts';
import { namespaceOf, uidOf } from '../common/object.ts';
import { type UsablePool, usablePool } from '../virtualmachinestoragepool/usable.ts';
import { type ResolvedSource, resolveSource } from './source.ts';

export interface ObservedDisk {
  readonly pool: UsablePool;
  /** Our volume, whole, under its own name. */
  readonly volume: Volume | undefined;
  /** Somebody else's file has the name. */
  readonly conflict: string | undefined;
  /** A file that the volume is an overlay on and that is not there. */
  readonly missingBase: string | undefined;
  readonly source: ResolvedSource;
  readonly holder: DiskHolder | undefined;
  readonly task: TaskState<void> | undefined;
}

export const diskOwnership = (disk: VirtualMachineDisk): Owner => ({
  kind: 'VirtualMachineDisk',
  namespace: namespaceOf(disk),
  name: disk.metadata.name,
  uid: uidOf(disk),
});

export async function observeDisk(
  context: Context,
  disk: VirtualMachineDisk,
  tasks: Tasks<void>,
): Promise<ObservedDisk> {
  const pool = usablePool(context, disk.spec.pool);
  return {
    pool,
    ...(pool.path === undefined ? NOTHING : await findVolume(disk, pool.path)),
    source: resolveSource(context, disk),
    holder: holderOf(context, disk),
    task: tasks.get(uidOf(disk)),
  };
}

const NOTHING = { volume: undefined, conflict: undefined, missingBase: undefined };

async function findVolume(disk: VirtualMachineDisk, pool: string) {
  const { format } = disk.spec;
  const paths = volumePaths(pool, 'disks', diskOwnership(disk), format);
  const held = await whoHolds(paths, diskOwnership(disk));
  // A volume that is adopted may have the disk's name already, and judges that itself.
  if (held.by === 'other') return disk.spec.source?.volume ? NOTHING : { ...NOTHING, conflict: held.message };
  if (held.by === 'nobody') return NOTHING;
  const volume = await inspectDisk({
    path: paths.volume,
    format,
    encrypted: disk.spec.encryption !== undefined,
  });
  return { ...NOTHING, volume, missingBase: await firstMissing(volume.backingChain) };
}

async function firstMissing(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (!(await isThere(path))) return path;
  return undefined;
}
