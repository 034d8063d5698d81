import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import type { Qmp } from '../../qmp/index.ts';
import { activeFile, volumeOf } from '../../storage/chain/index.ts';
import { listSnapshots } from '../../storage/header/snapshots.ts';
import { timestampOf, type Verdict } from '../common/condition.ts';
import { keyOf } from '../common/object.ts';
import { announceTaking, asCurrent, describeMoment } from './announce.ts';
import { SnapshotError, settled } from './errors.ts';
import { attachOverlays, attemptOf, type Freezing, freezingOf, giveUp, prepareOverlays, takeBack } from './external.ts';
import { announced, settlePartial } from './partial.ts';
import { requireRoom } from './qemu.ts';
import { whileFrozen } from './quiesce.ts';
import { obstacleError, type Target, targetsOf } from './targets.ts';

/** What is known of a snapshot once it is taken, and is in no volume. */
export interface Taken {
  readonly quiesced?: Verdict | undefined;
  /** RFC 3339, of one whose volumes do not tell. */
  readonly takenAt?: string;
}

/** A snapshot inside a volume is lost when that is merged into another. */
export async function requireNoOverlays(targets: readonly Target[]): Promise<void> {
  for (const target of targets) {
    const { path } = await activeFile(target);
    if (path === volumeOf(path)) continue;
    const message = `the disk ${target.name} has external snapshots, and one inside the volume would not outlast their merging: use the method External, or delete those first`;
    throw new SnapshotError('MethodMixed', message);
  }
}

async function requireNoneInside(frozen: readonly Freezing[]): Promise<void> {
  for (const { name, path, format } of frozen) {
    const file = await activeFile({ path, format });
    if (file.format === 'raw' || (await listSnapshots(path)).length === 0) continue;
    const message = `the disk ${name} has snapshots inside its volume, which would not outlast a merge: use the method Internal, or delete those first`;
    throw new SnapshotError('MethodMixed', message);
  }
}

/**
 * Freezes the files that are written to, and puts new overlays on them. Call it inside `exclusive`.
 * @throws SnapshotError when it failed for good, others when the next attempt may work
 */
export async function takeExternal(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  qmp: Qmp | undefined,
  held: Promise<void>,
): Promise<Taken> {
  await settlePartial(context.store, machine);
  const before = announced(context.store, snapshot);
  const attempt = await attemptOf(qmp, before);
  const quiesced = await asCurrent(context, snapshot, machine, 'take', async () => {
    if (attempt === 'none') return takeAnew(context, snapshot, machine, qmp, { before, held });
    return attempt === 'recorded' && qmp ? attach(context, snapshot, machine, qmp, before) : undefined;
  });
  const takenAt = timestampOf(Date.now());
  const told = context.store.get('VirtualMachineSnapshot', keyOf(snapshot)) ?? snapshot;
  for (const { disk } of announced(context.store, told)) {
    const { namespace } = keyOf(snapshot);
    context.enqueue('VirtualMachineDisk', { ...(namespace !== undefined && { namespace }), name: disk });
  }
  return { quiesced, takenAt };
}

async function takeAnew(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  qmp: Qmp | undefined,
  { before, held }: { readonly before: readonly Freezing[]; readonly held: Promise<void> },
): Promise<Verdict | undefined> {
  await giveUp(qmp, before);
  const found = targetsOf(context, snapshot, machine);
  if ('obstacle' in found) throw obstacleError(found.obstacle);
  const frozen = await freezingOf(snapshot, found.targets);
  await requireRoom(frozen);
  await requireNoneInside(frozen);
  const moment = await describeMoment(qmp, false, machine);
  await announceTaking(context, snapshot, machine, { targets: frozen, ...moment, held });
  try {
    await prepareOverlays(context, frozen);
    return qmp && (await attach(context, snapshot, machine, qmp, frozen));
  } catch (error) {
    const failure = settled(`the snapshot ${snapshot.metadata.name} could not be taken`, error);
    if (failure instanceof SnapshotError) await giveUp(qmp, frozen);
    else if (!qmp) await takeBack(frozen);
    throw failure;
  }
}

async function attach(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  qmp: Qmp,
  frozen: readonly Freezing[],
): Promise<Verdict | undefined> {
  try {
    const work = () => attachOverlays(qmp, machine, frozen);
    return (await whileFrozen(context, snapshot, machine, qmp, work)).verdict;
  } catch (error) {
    throw settled(`the snapshot ${snapshot.metadata.name} could not be taken`, error);
  }
}
