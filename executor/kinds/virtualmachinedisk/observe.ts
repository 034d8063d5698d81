import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { Context } from '../../controller/types.ts';
import { inspectDisk } from '../../storage/chain/inspect.ts';
import type { TaskState, Tasks } from '../../storage/tasks.ts';
import {
  isThere,
  NoVolumeError,
  type Owner,
  requireTrust,
  UntrustedVolumeError,
  type Volume,
  volumePaths,
  whoHolds,
} from '../../storage/volume/index.ts';
import { type DiskHolder, holderOf } from '../common/disk-users.ts';
import { namespaceOf, uidOf } from '../common/object.ts';
import { type UsablePool, usablePool } from '../virtualmachinestoragepool/usable.ts';
import { type ResolvedSource, resolveSource } from './source.ts';

export interface ObservedDisk {
  readonly pool: UsablePool;
  /** Our volume, whole, under its own name. */
  readonly volume: Volume | undefined;
  /** Whoever gave the volume its name was killed before the half-made file lost its own. */
  readonly leftover?: boolean;
  /** Somebody else's file has the name. */
  readonly conflict: string | undefined;
  /** Why the file under our name is none that may be opened. */
  readonly untrusted: Error | undefined;
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

const NOTHING = { volume: undefined, conflict: undefined, untrusted: undefined, missingBase: undefined };

async function findVolume(disk: VirtualMachineDisk, pool: string) {
  const { format } = disk.spec;
  const paths = volumePaths(pool, 'disks', diskOwnership(disk), format);
  const held = await whoHolds(paths, diskOwnership(disk));
  // A volume that is adopted may have the disk's name already, and judges that itself.
  if (held.by === 'other') return disk.spec.source?.volume ? NOTHING : { ...NOTHING, conflict: held.message };
  if (held.by === 'nobody') return NOTHING;
  const file = { path: paths.volume, format };
  try {
    await requireTrust(file);
    const volume = await inspectDisk({ ...file, encrypted: disk.spec.encryption !== undefined });
    const leftover = await isThere(paths.part);
    return { ...NOTHING, volume, leftover, missingBase: await firstMissing(volume.backingChain) };
  } catch (error) {
    if (!isVerdict(error)) throw error;
    return { ...NOTHING, untrusted: error };
  }
}

/** What the file itself is, not what kept us from looking at it. */
const isVerdict = (error: unknown): error is Error =>
  error instanceof UntrustedVolumeError || error instanceof NoVolumeError || error instanceof RangeError;

async function firstMissing(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (!(await isThere(path))) return path;
  return undefined;
}
