import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { Context } from '../../controller/types.ts';
import { deleteSnapshot } from '../../storage/qemu-img/index.ts';
import { isThere } from '../../storage/volume/index.ts';
import { type DiskHolder, holderOf, requireNoQemu } from '../common/disk-users.ts';
import { namespaceOf, uidOf } from '../common/object.ts';
import { setCurrent } from './announce.ts';
import { findHeld, findIn, machineOf } from './observe.ts';
import { deleteFrom, finishJob, jobId } from './qemu.ts';
import { type Target, tagOf } from './targets.ts';

interface RemoveOptions {
  /** uid of the machine whose lock the caller holds: volumes that another has are left, so that no two wait for each other. */
  readonly only?: string;
  /** Where to look, when the status does not say it yet. */
  readonly targets?: readonly Target[];
}

/** Deletes a snapshot from every volume that is still there, wherever that is in use by now. */
export async function removeSnapshot(context: Context, snapshot: VirtualMachineSnapshot): Promise<void> {
  await removeFromVolumes(context, snapshot);
  const machine = machineOf(context, snapshot);
  if (machine?.status?.currentSnapshot !== snapshot.metadata.name) return;
  const parent = snapshot.status?.parent ?? '';
  const known = context.store.get('VirtualMachineSnapshot', { namespace: namespaceOf(snapshot), name: parent });
  await setCurrent(context, machine, known?.metadata.name);
}

/** The volumes tell where the snapshot is; one that is gone holds nothing. */
export async function removeFromVolumes(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  { only, targets }: RemoveOptions = {},
): Promise<void> {
  for (const target of targets ?? (await findHeld(context, snapshot)).held) {
    const key = { namespace: namespaceOf(snapshot), name: target.disk };
    const disk = context.store.get('VirtualMachineDisk', key);
    const holder = disk && holderOf(context, disk);
    const remove = () => removeFrom(context, snapshot, target, holder);
    if (!holder || holder.uid === only) await remove();
    else if (only === undefined) await context.machines.exclusive(holder.uid, remove);
  }
}

/** Looks again under the lock: a save that an earlier executor began may have come to its end meanwhile. */
async function removeFrom(
  { machines }: Context,
  snapshot: VirtualMachineSnapshot,
  { path }: Target,
  holder: DiskHolder | undefined,
): Promise<void> {
  const tag = tagOf(snapshot);
  const qmp = holder && machines.qmp(holder.uid);
  if (qmp) await finishJob(qmp, jobId('save', uidOf(snapshot)));
  else if (holder) requireNoQemu(holder.uid, holder.name);
  try {
    if (!(await findIn(path, tag))) return;
    if (qmp && holder) await deleteFrom(qmp, machines, uidOf(snapshot), [{ name: holder.entry }], tag);
    else await deleteSnapshot(path, tag);
  } catch (error) {
    if (await isThere(path)) throw error;
  }
}
