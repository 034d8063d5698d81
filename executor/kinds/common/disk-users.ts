import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { isHeld } from '../../controller/finalizer.ts';
import type { Context } from '../../controller/types.ts';
import { findQemus } from '../../qemu/process/index.ts';
import { diskOwner, entryOf, namesDisk } from '../virtualmachine/disk-owner.ts';
import { machinesElsewhere } from './elsewhere.ts';
import { isDeleting, namespaceOf, uidOf } from './object.ts';

/** The machine that has a disk. */
export interface DiskHolder {
  readonly name: string;
  readonly uid: string;
  /** The disk's name in the machine. */
  readonly entry: string;
  /** Whether its qemu answers. */
  readonly running: boolean;
}

/** Who has a disk. A machine on its way out, for which nothing of the host is held any more, has no disks. */
export function holderOf({ store, machines }: Context, disk: VirtualMachineDisk): DiskHolder | undefined {
  const candidates = store.list('VirtualMachine', namespaceOf(disk)).filter((machine) => !isFreed(machine));
  const machine = diskOwner(disk, candidates);
  const entry = machine && entryOf(machine, disk);
  if (!machine || entry === undefined) return undefined;
  const uid = uidOf(machine);
  return { name: machine.metadata.name, uid, entry, running: machines.qmp(uid) !== undefined };
}

const isFreed = (machine: VirtualMachine): boolean => isDeleting(machine) && !isHeld(machine);

/**
 * Says that no machine of another node, or of none yet, names a disk.
 * @throws what another attempt may find mended
 */
export async function requireUnnamedElsewhere(context: Context, disk: VirtualMachineDisk): Promise<void> {
  const machines = await machinesElsewhere(context, namespaceOf(disk));
  const other = machines.find((machine) => namesDisk(machine, disk));
  if (!other) return;
  const message = `the machine ${other.metadata.name}, which is not on this node, names the disk; it stays until that machine lets go of it`;
  throw Object.assign(new Error(message), { reason: 'DiskInUse' });
}

/**
 * Whether a disk without a volume, that a machine here names, is not for an older machine elsewhere that names it too. A disk of
 * a machine's own template is nobody else's.
 */
export async function isFirstHere(context: Context, disk: VirtualMachineDisk): Promise<boolean> {
  if (!context.store.ownMachinesOnly) return true;
  if (disk.status?.nodeName !== undefined || disk.metadata.ownerReferences?.some(({ controller }) => controller)) {
    return true;
  }
  const others = await machinesElsewhere(context, namespaceOf(disk));
  const owner = diskOwner(disk, [...others, ...context.store.list('VirtualMachine', namespaceOf(disk))]);
  return owner === undefined || !others.some(({ metadata }) => metadata.uid === owner.metadata.uid);
}

/**
 * Says that no qemu of a machine lives, when none answers: one that was just found again, or that was stopped by a signal,
 * still has its volumes.
 * @throws what another attempt may find mended
 */
export function requireNoQemu(uid: string, name: string): void {
  if (findQemus().has(uid.toLowerCase())) {
    throw Object.assign(new Error(`the qemu of the machine ${name} lives and does not answer`), {
      reason: 'MachineSilent',
    });
  }
}
