import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import { isWholeLine } from '../../storage/backup/line.ts';
import { listSnapshots, type VolumeSnapshot } from '../../storage/header/snapshots.ts';
import { isThere } from '../../storage/volume/index.ts';
import { namespaceOf } from '../common/object.ts';
import { type Obstacle, type Target, tagOf, targetsOf } from './targets.ts';

/** When a snapshot was taken, in milliseconds since the epoch, and how much memory it holds. */
export type Moment = Pick<VolumeSnapshot, 'takenAt' | 'memoryBytes'>;

/** A volume that the snapshot was announced for, and what of it is really there. */
export interface Held extends Target {
  readonly snapshot: Moment | undefined;
}

export interface ObservedSnapshot {
  /** The machine that the snapshot is of; nothing when it is gone, another of its name included. */
  readonly machine: VirtualMachine | undefined;
  /** Why none can be taken. Looked for while there is none. */
  readonly obstacle: Obstacle | undefined;
  /** The volumes named in its status. */
  readonly held: readonly Held[];
  /** Volumes named in its status that are gone. */
  readonly gone: readonly string[];
}

/** The volumes tell what there is; the status only where to look. */
export async function observeSnapshot(context: Context, snapshot: VirtualMachineSnapshot): Promise<ObservedSnapshot> {
  const machine = machineOf(context, snapshot);
  const { held, gone } = await findHeld(context, snapshot);
  const taken = snapshot.status?.ready === true || snapshot.status?.phase === 'Taking';
  const wanted = machine && !taken ? targetsOf(context, snapshot, machine) : undefined;
  return { machine, obstacle: wanted && 'obstacle' in wanted ? wanted.obstacle : undefined, held, gone };
}

export function machineOf({ store }: Context, snapshot: VirtualMachineSnapshot): VirtualMachine | undefined {
  const key = { namespace: namespaceOf(snapshot), name: snapshot.spec.virtualMachine.name };
  const machine = store.get('VirtualMachine', key);
  const owner = snapshot.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachine');
  return owner && owner.uid !== machine?.metadata.uid ? undefined : machine;
}

export async function findHeld(
  { store }: Context,
  snapshot: VirtualMachineSnapshot,
): Promise<{ held: Held[]; gone: string[] }> {
  const held: Held[] = [];
  const gone: string[] = [];
  if (snapshot.spec.backup) return findCopies(snapshot);
  for (const { name, disk: diskName = '', path: own } of snapshot.status?.disks ?? []) {
    const disk = store.get('VirtualMachineDisk', { namespace: namespaceOf(snapshot), name: diskName });
    const path = own ?? disk?.status?.path;
    if (!disk || path === undefined || !(await isThere(path))) gone.push(name);
    else {
      const found = own === undefined ? await findIn(path, tagOf(snapshot)) : frozenSince(snapshot);
      held.push({ name, disk: diskName, path, format: disk.spec.format, snapshot: found });
    }
  }
  return { held, gone };
}

/** Copies are there without their disks; each needs every file that it is built on. */
async function findCopies(snapshot: VirtualMachineSnapshot): Promise<{ held: Held[]; gone: string[] }> {
  const held: Held[] = [];
  const gone: string[] = [];
  for (const { name, disk = '', path = '' } of snapshot.status?.disks ?? []) {
    const whole = await isWholeLine(path);
    if (whole) held.push({ name, disk, path, format: 'qcow2', snapshot: frozenSince(snapshot) });
    else gone.push(name);
  }
  return { held, gone };
}

/** A file that an external snapshot froze holds it as long as it is there. */
const frozenSince = ({ status }: VirtualMachineSnapshot): Moment | undefined =>
  status?.takenAt === undefined ? undefined : { takenAt: Date.parse(status.takenAt), memoryBytes: 0n };

export const findIn = async (path: string, tag: string): Promise<VolumeSnapshot | undefined> =>
  (await listSnapshots(path)).find(({ name }) => name === tag);
