import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import { attachedChains } from '../../qemu/block-chain.ts';
import type { Qmp } from '../../qmp/index.ts';
import { takeSnapshot } from '../../storage/qemu-img/index.ts';
import { requireNoQemu } from '../common/disk-users.ts';
import { namespaceOf, uidOf } from '../common/object.ts';
import { unlockingDisk } from '../common/passphrase.ts';
import { announceTaking, asCurrent, describeMoment } from './announce.ts';
import { SnapshotError, settled } from './errors.ts';
import { findHeld } from './observe.ts';
import {
  type Chains,
  finishJob,
  jobId,
  requireRoom,
  requireRoomForMemory,
  saveMachine,
  snapshotDisks,
} from './qemu.ts';
import { whileFrozen } from './quiesce.ts';
import { removeFromVolumes } from './remove.ts';
import { requireNoOverlays, type Taken, takeExternal } from './take-external.ts';
import { obstacleError, type Target, tagOf, targetsOf } from './targets.ts';

interface Taking {
  readonly context: Context;
  readonly snapshot: VirtualMachineSnapshot;
  readonly machine: VirtualMachine;
  readonly qmp: Qmp | undefined;
  readonly targets: readonly Target[];
  readonly held: Promise<void>;
}

/**
 * Takes a snapshot, in one instant over all its disks. Nothing half made is left: what an interrupted attempt left is removed
 * first, and a whole one is recognised and not taken again.
 * @param held settles once the object cannot go any more: volumes are looked at meanwhile, and nothing is done to them
 * @param report says what is there now, before anybody else turns to the machine
 * @throws SnapshotError when it failed for good, others when the next attempt may work
 */
export async function takeMachineSnapshot(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  held: Promise<void>,
  report: (taken: Taken) => Promise<void>,
): Promise<void> {
  const uid = uidOf(machine);
  await context.machines.exclusive(uid, async () => {
    const qmp = context.machines.qmp(uid);
    if (!qmp) requireNoQemu(uid, machine.metadata.name);
    else if (wasBegun(snapshot)) await finishJob(qmp, jobId('save', uidOf(snapshot)));
    const take = snapshot.spec.method === 'External' ? takeExternal : takeInternal;
    await report(await take(context, snapshot, machine, qmp, held));
  });
}

/** Nothing is done before it is announced: one that never was has left nothing to look for. */
const wasBegun = ({ status }: VirtualMachineSnapshot): boolean => status?.disks !== undefined;

async function takeInternal(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  qmp: Qmp | undefined,
  held: Promise<void>,
): Promise<Taken> {
  if (wasBegun(snapshot)) {
    if (await isTaken(context, snapshot)) return asCurrent(context, snapshot, machine, 'take', async () => ({}));
    await removeFromVolumes(context, snapshot, { only: uidOf(machine) });
  }
  const found = targetsOf(context, snapshot, machine);
  if ('obstacle' in found) throw obstacleError(found.obstacle);
  return takeNow({ context, snapshot, machine, qmp, targets: found.targets, held });
}

/** An attempt that was announced and then interrupted may have come to its end. */
async function isTaken(context: Context, snapshot: VirtualMachineSnapshot): Promise<boolean> {
  const { held, gone } = await findHeld(context, snapshot);
  return held.length > 0 && gone.length === 0 && held.every((target) => target.snapshot !== undefined);
}

async function takeNow(taking: Taking): Promise<Taken> {
  const { context, snapshot, machine, qmp, targets, held } = taking;
  const memory = snapshot.spec.memory && qmp !== undefined;
  const [chains, moment] = await Promise.all([
    qmp && attachedChains(qmp),
    describeMoment(qmp, memory, machine),
    requireRoom(targets),
    requireNoOverlays(targets),
    memory && targets[0] && requireRoomForMemory(machine, targets[0].path),
  ]);
  await announceTaking(context, snapshot, machine, { targets, ...moment, held });
  try {
    const work = () => (qmp && chains ? takeRunning(taking, qmp, chains) : takeStopped(taking));
    return await asCurrent(context, snapshot, machine, 'take', async () => {
      if (!memory) return { quiesced: (await whileFrozen(context, snapshot, machine, qmp, work)).verdict };
      await work();
      return {};
    });
  } catch (error) {
    const failure = settled(`the snapshot ${snapshot.metadata.name} could not be taken`, error);
    if (failure instanceof SnapshotError) await removeFromVolumes(context, snapshot, { only: uidOf(machine), targets });
    await requireRoom(targets);
    throw failure;
  }
}

async function takeRunning({ snapshot, targets }: Taking, qmp: Qmp, chains: Chains): Promise<void> {
  const tag = tagOf(snapshot);
  if (snapshot.spec.memory) await saveMachine(qmp, chains, uidOf(snapshot), { targets, tag });
  else await snapshotDisks(qmp, chains, targets, tag);
}

async function takeStopped({ context, snapshot, targets }: Taking): Promise<void> {
  for (const { path, disk } of targets) {
    await takeSnapshot(path, tagOf(snapshot), await unlockingDisk(context, namespaceOf(snapshot), disk));
  }
}
