import type { VirtualMachineSnapshot, VirtualMachineSnapshotStatus } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { formatSize } from '../../../schemas/types/size.ts';
import type { Context } from '../../controller/types.ts';
import { SNAPSHOT, timed } from '../../metrics/timing.ts';
import type { Qmp } from '../../qmp/index.ts';
import { backupFile } from '../../storage/backup/index.ts';
import { activeFile } from '../../storage/chain/index.ts';
import { inspectOwn } from '../../storage/volume/index.ts';
import { makeCondition, timestampOf, type Verdict, withCondition } from '../common/condition.ts';
import { keyOf } from '../common/object.ts';
import { type Target, tagOf } from './targets.ts';

type PowerState = NonNullable<VirtualMachineSnapshotStatus['powerState']>;
type BackupStatus = NonNullable<VirtualMachineSnapshotStatus['backup']>;
type Consistency = NonNullable<VirtualMachineSnapshotStatus['consistency']>;

/** What is written down before a snapshot is taken, so that whoever comes after a crash knows where to look. */
export interface Announcement {
  readonly targets: readonly Target[];
  readonly powerState: PowerState;
  readonly consistency: Consistency;
  /** How a backup is made, and where. */
  readonly backup?: BackupStatus;
  /** The object is held meanwhile: what is written down here comes after that. */
  readonly held?: Promise<void>;
}

/** What a snapshot of the machine as it is now will hold. */
export async function describeMoment(
  qmp: Qmp | undefined,
  memory: boolean,
  machine: VirtualMachine,
): Promise<Pick<Announcement, 'powerState' | 'consistency'>> {
  if (!qmp) return { powerState: 'Stopped', consistency: isClean(machine) ? 'Filesystem' : 'Crash' };
  const { running } = await qmp.execute('query-status');
  return { powerState: running ? 'Running' : 'Paused', consistency: memory ? 'Memory' : 'Crash' };
}

/** A guest that shut itself down has written everything; one that never ran has nothing to write. */
const isClean = ({ status }: VirtualMachine): boolean =>
  status?.lastStop === undefined || status.lastStop.reason === 'GuestShutdown';

export async function announceTaking(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  { targets, powerState, consistency, backup, held }: Announcement,
): Promise<void> {
  const place = placeOf(snapshot, backup);
  const disks = await Promise.all(targets.map((target) => describeTarget(target, place)));
  await held;
  const parent = beforeIt(snapshot, machine);
  await context.updateStatus('VirtualMachineSnapshot', keyOf(snapshot), ({ status }) => ({
    ...status,
    phase: 'Taking',
    ready: false,
    powerState,
    consistency,
    ...(parent !== undefined && !backup && { parent }),
    disks,
    ...(backup && { backup }),
    machine: machine.spec,
  }));
}

type Place = (target: Target) => { readonly tag: string } | { readonly path: string };

/** Inside the volume, in the file that it froze, or in a copy. */
function placeOf(snapshot: VirtualMachineSnapshot, backup: BackupStatus | undefined): Place {
  if (backup) return ({ name }) => ({ path: backupFile(backup.path, name) });
  return snapshot.spec.method === 'External' ? ({ path }) => ({ path }) : () => ({ tag: tagOf(snapshot) });
}

async function describeTarget(target: Target, place: Place) {
  const { name, disk, path, format } = target;
  const file = await activeFile({ path, format });
  const { virtualSize } = await inspectOwn(file);
  return { name, disk, virtualSize: formatSize(virtualSize), ...place(target) };
}

/** Says whether the guest's file systems stood still, and so what it finds after a revert. */
export function withQuiesced(
  snapshot: VirtualMachineSnapshot,
  status: VirtualMachineSnapshotStatus,
  verdict: Verdict | undefined,
): VirtualMachineSnapshotStatus {
  if (!verdict) return status;
  const condition = makeCondition(snapshot, 'Quiesced', verdict, timestampOf(Date.now()));
  return {
    ...status,
    ...(verdict.status === 'True' && { consistency: 'Filesystem' as const }),
    conditions: withCondition(status.conditions, condition),
  };
}

/** Says where the machine's disks come from now. */
export async function setCurrent(context: Context, machine: VirtualMachine, name: string | undefined): Promise<void> {
  await context.updateStatus('VirtualMachine', keyOf(machine), ({ status }) => {
    const { currentSnapshot: _before, ...rest } = status ?? {};
    return { ...rest, ...(name !== undefined && { currentSnapshot: name }) };
  });
}

/** Where the machine's disks came from before this snapshot: an attempt that was interrupted may have said already that it is the current one. */
const beforeIt = ({ metadata, status }: VirtualMachineSnapshot, machine: VirtualMachine): string | undefined => {
  const current = machine.status?.currentSnapshot;
  return current === metadata.name ? status?.parent : current;
};

/**
 * Does something that makes a snapshot the current one, which is said meanwhile: the work is begun first, so that qemu is busy while
 * we are, and most of the time nobody waits for it. Taken back where it failed.
 * @param step what the work is, for who measures it
 */
export async function asCurrent<T>(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  step: 'take' | 'revert',
  work: () => Promise<T>,
): Promise<T> {
  const before = beforeIt(snapshot, machine);
  const working = timed(SNAPSHOT, step, work);
  working.catch(() => {});
  const said = setCurrent(context, machine, snapshot.metadata.name);
  said.catch(() => {});
  try {
    const result = await working;
    await said;
    return result;
  } catch (error) {
    await said.catch(() => {});
    await setCurrent(context, machine, before);
    throw error;
  }
}
