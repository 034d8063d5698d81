import { resourceOf } from '../../../schemas/client/paths.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import type { Qmp } from '../../qmp/index.ts';
import { requireNoQemu } from '../common/disk-users.ts';
import { keyOf, namespaceOf, uidOf } from '../common/object.ts';
import { asCurrent } from './announce.ts';
import { collectChain } from './collect.ts';
import { SnapshotError, settled } from './errors.ts';
import { findHeld, type Held } from './observe.ts';
import { applyToAll, putOnNewOverlays } from './put-back.ts';
import { loadMachine, requireRoom } from './qemu.ts';
import { tagOf } from './targets.ts';

const KIND = 'VirtualMachineSnapshot';
type PowerState = VirtualMachine['spec']['powerState'];

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
  try {
    await putBack(context, snapshot, machine);
  } finally {
    if (snapshot.spec.method === 'External') {
      await collect(context, snapshot).catch((error: Error) =>
        context.log.warn(`the chain stays as it is: ${error.message}`),
      );
    }
  }
}

async function putBack(context: Context, snapshot: VirtualMachineSnapshot, machine: VirtualMachine): Promise<void> {
  const uid = uidOf(machine);
  await context.machines.exclusive(uid, async () => {
    if (context.machines.qmp(uid) === undefined) requireNoQemu(uid, machine.metadata.name);
    if (snapshot.spec.backup) throw new SnapshotError('IsBackup', restoreInstead(snapshot));
    const held = await requireWhole(context, snapshot, machine);
    if (snapshot.status?.phase !== 'Reverting') await requireRoom(held);
    await context.updateStatus(KIND, keyOf(snapshot), ({ status }) => ({ ...status, phase: 'Reverting' }));
    const memoryIn = held.find((target) => (target.snapshot?.memoryBytes ?? 0n) > 0n);
    const what = `the machine ${machine.metadata.name} could not be put back to ${snapshot.metadata.name}`;
    try {
      const qmp = await asCurrent(context, snapshot, machine, 'revert', () =>
        memoryIn
          ? revertWithMemory(context, snapshot, machine, held, memoryIn)
          : revertDisks(context, snapshot, machine, held),
      );
      const powerState = stateAfter(snapshot, memoryIn !== undefined);
      await wantPowerState(context, machine, powerState);
      await acknowledge(context, snapshot);
      if (qmp && powerState === 'Running') await goOn(context, qmp);
    } catch (error) {
      throw settled(what, error);
    }
  });
}

const restoreInstead = ({ metadata: { name } }: VirtualMachineSnapshot): string =>
  `${name} is a backup, which a new machine is made from: vmctl restore ${name} NAME`;

/** What was written after the snapshot, what an attempt that failed left, and what nobody holds, is not needed any more. */
async function collect(context: Context, snapshot: VirtualMachineSnapshot): Promise<void> {
  for (const { disk: name = '' } of snapshot.status?.disks ?? []) {
    const disk = context.store.get('VirtualMachineDisk', { namespace: namespaceOf(snapshot), name });
    if (disk) await collectChain(context, disk);
  }
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
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  held: readonly Held[],
  memoryIn: Held,
): Promise<Qmp> {
  const { machines } = context;
  const load = (qmp: Qmp) => loadMachine(qmp, uidOf(snapshot), { targets: held, memoryIn, tag: tagOf(snapshot) });
  const running = machines.qmp(uidOf(machine));
  const qmp = running ?? (await machines.launchPaused(machine));
  if (running) await running.execute('stop');
  try {
    await load(qmp);
    return qmp;
  } catch (error) {
    if (machines.qmp(uidOf(machine)) === undefined) throw error;
    await haltTorn(machines, machine, snapshot.metadata.name);
    await applyToAll(context, snapshot, held);
    throw error;
  }
}

/** A load that failed half-way leaves a guest whose memory and disks do not belong together: it must never go on. */
async function haltTorn(machines: Context['machines'], machine: VirtualMachine, name: string): Promise<void> {
  await machines.halt(machine, 'Requested', `the snapshot ${name} could not be loaded`);
}

async function revertDisks(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  held: readonly Held[],
): Promise<undefined> {
  const { machines } = context;
  if (machines.qmp(uidOf(machine)) !== undefined) {
    await machines.halt(machine, 'Requested', `put back to the snapshot ${snapshot.metadata.name}`);
  }
  if (snapshot.spec.method === 'External') await putOnNewOverlays(context, held);
  else await applyToAll(context, snapshot, held);
  return undefined;
}

/**
 * What the machine is to be: as asked, else as held. Disks alone say nothing about whether it should run, unless it was off
 * when they were taken.
 */
function stateAfter({ spec, status }: VirtualMachineSnapshot, memory: boolean): PowerState | undefined {
  if (spec.revertPowerState !== 'Held') return spec.revertPowerState;
  return memory || status?.powerState === 'Stopped' ? status?.powerState : undefined;
}

async function wantPowerState(
  { client }: Context,
  machine: VirtualMachine,
  powerState: PowerState | undefined,
): Promise<void> {
  if (powerState === undefined || powerState === machine.spec.powerState) return;
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
