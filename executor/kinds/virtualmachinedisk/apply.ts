import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { Context } from '../../controller/types.ts';
import { endLiveCopy } from '../../qemu/live-copy.ts';
import type { Tasks } from '../../storage/tasks.ts';
import { removePart, removeVolume, volumePaths } from '../../storage/volume/index.ts';
import { holderOf, requireUnnamedElsewhere } from '../common/disk-users.ts';
import { holdObject, keyOf, namespaceOf, releaseObject, uidOf } from '../common/object.ts';
import { adoptVolume } from './adopt.ts';
import { copyDisk } from './copy.ts';
import { createDisk } from './create.ts';
import { growDisk } from './grow.ts';
import { diskOwnership, type ObservedDisk } from './observe.ts';
import type { DiskAction } from './plan.ts';

const KIND = 'VirtualMachineDisk';

/** An executor that was killed may have left a qemu copying into the volume that goes now. */
async function endCopyOf(context: Context, disk: VirtualMachineDisk): Promise<void> {
  const name = disk.spec.source?.disk?.name;
  const source = name === undefined ? undefined : context.store.get(KIND, { namespace: namespaceOf(disk), name });
  const holder = source && holderOf(context, source);
  const qmp = holder && context.machines.qmp(holder.uid);
  if (qmp && disk.status?.path === undefined) await endLiveCopy(qmp, uidOf(disk));
}

type Appliers = {
  readonly [T in DiskAction['type']]: (
    action: Extract<DiskAction, { type: T }> & { readonly size?: bigint },
    disk: VirtualMachineDisk,
    observed: ObservedDisk,
  ) => Promise<void>;
};

/** One function for each action that a plan may hold. */
export function diskAppliers(context: Context, tasks: Tasks<void>) {
  const appliers: Appliers = {
    hold: (_action, disk) => holdObject(context, KIND, disk),
    release: (_action, disk) => releaseObject(context, KIND, disk),
    forget: async (_action, disk) => tasks.forget(uidOf(disk)),
    async tidy(_action, disk, { pool }) {
      if (pool.path !== undefined)
        await removePart(volumePaths(pool.path, 'disks', diskOwnership(disk), disk.spec.format));
    },
    cancel: (_action, disk) => tasks.cancel(uidOf(disk)),
    async create({ size }, disk, { source, pool }) {
      if (pool.path !== undefined && source.type === 'adopt') return adoptVolume(context, disk, pool.path, source.file);
      if (pool.path === undefined || (source.type !== 'blank' && source.type !== 'overlay')) return;
      await createDisk(context, disk, pool.path, source, size);
    },
    async copy({ size }, disk, { source, pool }) {
      const { path } = pool;
      if (path === undefined || !(source.type === 'copy' || source.type === 'url' || source.type === 'blank')) return;
      tasks.start(
        uidOf(disk),
        (task) =>
          source.type === 'blank'
            ? createDisk(context, disk, path, source, size, task)
            : copyDisk(context, disk, path, source, size, task),
        () => context.enqueue(KIND, keyOf(disk)),
      );
    },
    async grow({ size }, disk, { volume }) {
      if (volume && size !== undefined) await growDisk(context, disk, volume, size);
    },
    async remove(_action, disk, { pool }) {
      await requireUnnamedElsewhere(context, disk);
      await endCopyOf(context, disk);
      const owner = diskOwnership(disk);
      if (pool.path !== undefined) await removeVolume(volumePaths(pool.path, 'disks', owner, disk.spec.format), owner);
    },
  };
  return (action: DiskAction, disk: VirtualMachineDisk, observed: ObservedDisk): Promise<void> =>
    (appliers[action.type] as Appliers['create'])(action as Parameters<Appliers['create']>[0], disk, observed);
}
