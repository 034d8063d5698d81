import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { Context } from '../../controller/types.ts';
import { attachedChains } from '../../qemu/block-chain.ts';
import type { Qmp } from '../../qmp/index.ts';
import { deleteSnapshot } from '../../storage/qemu-img/index.ts';
import { isThere } from '../../storage/volume/index.ts';
import { type DiskHolder, holderOf, requireNoQemu } from '../common/disk-users.ts';
import { keyOf, namespaceOf, uidOf } from '../common/object.ts';
import { unlockingDisk } from '../common/passphrase.ts';
import { setCurrent } from './announce.ts';
import { removeBackup } from './backup/remove.ts';
import { collectChain } from './collect.ts';
import { findHeld, findIn, machineOf } from './observe.ts';
import { deleteFrom, finishJob, isKnown, jobId, requireRoom, snapshotDisks } from './qemu.ts';
import { type Target, tagOf } from './targets.ts';

const KIND = 'VirtualMachineSnapshot';

interface RemoveOptions {
  /** uid of the machine whose lock the caller holds: volumes that another has are left, so that no two wait for each other. */
  readonly only?: string;
  /** Where to look, when the status does not say it yet. */
  readonly targets?: readonly Target[];
}

/** Deletes a snapshot from every volume that is still there, wherever that is in use by now. */
export async function removeSnapshot(context: Context, snapshot: VirtualMachineSnapshot): Promise<void> {
  if (snapshot.spec.backup) return removeBackup(context, snapshot);
  if (snapshot.spec.method === 'External') await removeExternal(context, snapshot);
  else await removeFromVolumes(context, snapshot);
  await orphan(context, snapshot);
  const machine = machineOf(context, snapshot);
  if (machine?.status?.currentSnapshot !== snapshot.metadata.name) return;
  const parent = snapshot.status?.parent ?? '';
  const known = context.store.get(KIND, { namespace: namespaceOf(snapshot), name: parent });
  await setCurrent(context, machine, known?.metadata.name);
}

/** Snapshots that were taken on top of it stand on its parent then. */
async function orphan(context: Context, { metadata, spec, status }: VirtualMachineSnapshot): Promise<void> {
  for (const child of context.store.list(KIND, metadata.namespace ?? 'default')) {
    if (child.spec.virtualMachine.name !== spec.virtualMachine.name || child.status?.parent !== metadata.name) continue;
    await context.updateStatus(KIND, keyOf(child), (fresh) => {
      const { parent: _gone, ...rest } = fresh.status ?? {};
      return { ...rest, ...(status?.parent !== undefined && { parent: status.parent }) };
    });
  }
}

/** What it froze is merged with what lies on it, as far as no other snapshot needs them apart. */
async function removeExternal(context: Context, snapshot: VirtualMachineSnapshot): Promise<void> {
  for (const { disk: name = '' } of snapshot.status?.disks ?? []) {
    const disk = context.store.get('VirtualMachineDisk', { namespace: namespaceOf(snapshot), name });
    if (disk) await collectChain(context, disk, snapshot);
  }
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
  context: Context,
  snapshot: VirtualMachineSnapshot,
  { path, disk }: Target,
  holder: DiskHolder | undefined,
): Promise<void> {
  const tag = tagOf(snapshot);
  const qmp = holder && context.machines.qmp(holder.uid);
  // What an earlier executor began may have been about another volume: its end says nothing of this one.
  if (qmp) for (const kind of ['save', 'delete'] as const) await finishJob(qmp, jobId(kind, uidOf(snapshot)));
  else if (holder) requireNoQemu(holder.uid, holder.name);
  try {
    if (qmp && holder) await deleteByQemu(qmp, snapshot, path, holder.entry);
    else if (await findIn(path, tag))
      await deleteSnapshot(path, tag, await unlockingDisk(context, namespaceOf(snapshot), disk));
  } catch (error) {
    if (await isThere(path)) throw error;
  }
}

/**
 * A deletion that finds no room leaves qemu with another list of snapshots than the file has, and it is its own that it writes the
 * next time. One that only the file has is taken anew by the same name, so that both have it, and goes then: what the lost one held
 * stays in the file, for `qemu-img check -r leaks`. So nothing is begun where there is no room.
 */
async function deleteByQemu(qmp: Qmp, snapshot: VirtualMachineSnapshot, path: string, disk: string): Promise<void> {
  const tag = tagOf(snapshot);
  const known = await isKnown(qmp, disk, tag);
  if (!known && !(await findIn(path, tag))) return;
  await requireRoom([{ path }]).catch((cause: Error) => {
    throw new Error(`${cause.message}; or stop the machine: without its qemu it takes next to none`, { cause });
  });
  if (!known) await snapshotDisks(qmp, await attachedChains(qmp), [{ name: disk }], tag);
  await deleteFrom(qmp, uidOf(snapshot), [{ name: disk }], tag);
  if (await findIn(path, tag)) throw new Error(`qemu has deleted a snapshot that ${path} still lists`);
}
