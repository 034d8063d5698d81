import { resourceOf } from '../../../schemas/client/paths.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import type { Qmp } from '../../qmp/index.ts';
import { applySnapshot } from '../../storage/qemu-img/index.ts';
import { requireNoQemu } from '../common/disk-users.ts';
import { keyOf, uidOf } from '../common/object.ts';
import { setCurrent } from './announce.ts';
import { SnapshotError, settled } from './errors.ts';
import { findHeld, type Held } from './observe.ts';
import { loadMachine } from './qemu.ts';
import { tagOf } from './targets.ts';

const KIND = 'VirtualMachineSnapshot';

/**
 * Puts a machine back, once per token. The guest does not execute an instruction between the revert and its acknowledgement,
 * so whoever comes after a crash in between may revert again and nothing is lost by it.
 * @throws SnapshotError when it failed for good, others when the next attempt may work
 */
export async function revertMachine(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
): Promise<void> {
  const uid = uidOf(machine);
  await context.machines.exclusive(uid, async () => {
    if (context.machines.qmp(uid) === undefined) requireNoQemu(uid, machine.metadata.name);
    const held = await requireWhole(context, snapshot, machine);
    await context.updateStatus(KIND, keyOf(snapshot), ({ status }) => ({ ...status, phase: 'Reverting' }));
    const memoryIn = held.find((target) => (target.snapshot?.memoryBytes ?? 0n) > 0n);
    const what = `the machine ${machine.metadata.name} could not be put back to ${snapshot.metadata.name}`;
    try {
      const qmp = memoryIn
        ? await revertWithMemory(context, snapshot, machine, held, memoryIn)
        : await revertDisks(context, snapshot, machine, held);
      await wantPowerState(context, snapshot, machine, memoryIn !== undefined);
      await setCurrent(context, machine, snapshot.metadata.name);
      await acknowledge(context, snapshot);
      if (qmp && snapshot.status?.powerState === 'Running') await goOn(context, qmp);
    } catch (error) {
      throw settled(what, error);
    }
  });
}

/** What comes after the acknowledgement is no part of the revert: the machine's own reconcile lets it run as well. */
const goOn = ({ log }: Context, qmp: Qmp): Promise<unknown> =>
  qmp.execute('cont').catch((error: Error) => log.warn(`the machine does not go on yet: ${error.message}`));

async function requireWhole(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
): Promise<Held[]> {
  const { held, gone } = await findHeld(context, snapshot);
  const empty = held.find((target) => target.snapshot === undefined)?.name ?? gone[0];
  const absent = held.find(({ name }) => !machine.spec.disks?.some((disk) => disk.name === name))?.name;
  if (empty !== undefined)
    throw new SnapshotError('SnapshotIncomplete', `the disk ${empty} does not hold the snapshot any more`);
  if (absent === undefined) return held;
  const message = `the machine ${machine.metadata.name} has no disk ${absent} any more: put it back into spec.disks first`;
  throw new SnapshotError('DiskNotFound', message);
}

/** A qemu that runs is stopped first, for it would go on by itself after the load; one that does not is started standing still. */
async function revertWithMemory(
  { machines }: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  held: readonly Held[],
  memoryIn: Held,
): Promise<Qmp> {
  const load = (qmp: Qmp) =>
    loadMachine(qmp, machines, uidOf(snapshot), { targets: held, memoryIn, tag: tagOf(snapshot) });
  const running = machines.qmp(uidOf(machine));
  const qmp = running ?? (await machines.launchPaused(machine));
  if (running) await running.execute('stop');
  try {
    await load(qmp);
    return qmp;
  } catch (error) {
    await haltTorn(machines, machine, snapshot.metadata.name);
    throw error;
  }
}

/** A load that failed half-way leaves a guest whose memory and disks do not belong together: it must never go on. */
async function haltTorn(machines: Context['machines'], machine: VirtualMachine, name: string): Promise<void> {
  if (machines.qmp(uidOf(machine)) === undefined) return;
  await machines.halt(machine, 'Requested', `the snapshot ${name} could not be loaded`);
}

async function revertDisks(
  { machines }: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  held: readonly Held[],
): Promise<undefined> {
  if (machines.qmp(uidOf(machine)) !== undefined) {
    await machines.halt(machine, 'Requested', `put back to the snapshot ${snapshot.metadata.name}`);
  }
  for (const { path } of held) await applySnapshot(path, tagOf(snapshot));
}

/** Disks alone say nothing about whether the machine should run, unless it was off when they were taken. */
async function wantPowerState(
  { client }: Context,
  { status }: VirtualMachineSnapshot,
  machine: VirtualMachine,
  memory: boolean,
): Promise<void> {
  const powerState = status?.powerState;
  if (powerState === undefined || powerState === machine.spec.powerState) return;
  if (!memory && powerState !== 'Stopped') return;
  await client.patch(resourceOf(kindNames.VirtualMachine), keyOf(machine), { spec: { powerState } });
}

async function acknowledge(context: Context, snapshot: VirtualMachineSnapshot): Promise<void> {
  const token = snapshot.spec.revert;
  await context.updateStatus(KIND, keyOf(snapshot), ({ status }) => ({
    ...status,
    phase: 'Ready',
    ...(token !== undefined && { reverted: token }),
  }));
}
