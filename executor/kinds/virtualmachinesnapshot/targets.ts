import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import type { VolumeFormat } from '../../storage/qemu-img/index.ts';
import { holderOf } from '../common/disk-users.ts';
import { namespaceOf, uidOf } from '../common/object.ts';
import { diskNameOf } from '../virtualmachine/disk-owner.ts';
import { SnapshotError } from './errors.ts';

type MachineDisk = NonNullable<VirtualMachine['spec']['disks']>[number];

/** A volume that a snapshot is, or is to be, inside of. */
export interface Target {
  /** The disk's name in the machine. */
  readonly name: string;
  /** Name of the VirtualMachineDisk. */
  readonly disk: string;
  /** The file that the guest writes to, as far as the disk's status knows. */
  readonly path: string;
  /** Format of the disk's volume; overlays on it are qcow2. */
  readonly format: VolumeFormat;
}

/** Why there can be no snapshot: `final` ones stay until the snapshot is changed. */
export interface Obstacle {
  readonly reason: string;
  readonly message: string;
  readonly final: boolean;
}

export type Targets = { readonly targets: readonly Target[] } | { readonly obstacle: Obstacle };

const final = (reason: string, message: string): Targets => ({ obstacle: { reason, message, final: true } });
const waiting = (reason: string, message: string): Targets => ({ obstacle: { reason, message, final: false } });

/** As an error: one that stays, or one that another attempt may find gone. */
export function obstacleError({ reason, message, final: stays }: Obstacle): Error {
  return stays ? new SnapshotError(reason, message) : Object.assign(new Error(message), { reason });
}

/** The name of the snapshot inside each volume: a later object of the same name must not meet it. */
export const tagOf = (snapshot: VirtualMachineSnapshot): string => `vmctl-${uidOf(snapshot)}`;

/** The volumes that a new snapshot of a machine goes into, or why it cannot be taken (now). */
export function targetsOf(context: Context, snapshot: VirtualMachineSnapshot, machine: VirtualMachine): Targets {
  const chosen = chooseDisks(snapshot, machine);
  if (!Array.isArray(chosen)) return chosen as Targets;
  const targets: Target[] = [];
  for (const entry of chosen as readonly MachineDisk[]) {
    const found = targetOf(context, snapshot, machine, entry);
    if ('obstacle' in found) return found;
    targets.push(...found.targets);
  }
  return { targets };
}

const isWritable = ({ device, readOnly }: MachineDisk): boolean =>
  !readOnly && device !== 'cdrom' && device !== 'floppy';

function chooseDisks({ spec }: VirtualMachineSnapshot, machine: VirtualMachine): readonly MachineDisk[] | Targets {
  const disks = machine.spec.disks ?? [];
  const unknown = spec.disks?.find((name) => !disks.some((disk) => disk.name === name));
  if (unknown !== undefined) {
    const has = disks.map(({ name }) => name).join(', ') || 'none';
    return waiting('DiskNotFound', `the machine ${machine.metadata.name} has no disk ${unknown}; it has ${has}`);
  }
  const chosen = spec.disks ? disks.filter(({ name }) => spec.disks?.includes(name)) : disks.filter(isWritable);
  const fixed = chosen.find((disk) => !isWritable(disk));
  if (fixed) return final('DiskReadOnly', `the disk ${fixed.name} is never written to: leave it out of spec.disks`);
  if (chosen.length > 0) return chosen;
  return final(
    'NoDisks',
    `the machine ${machine.metadata.name} has no disk that it writes to, so there is nothing to hold`,
  );
}

function targetOf(
  context: Context,
  { spec: { method, backup } }: VirtualMachineSnapshot,
  machine: VirtualMachine,
  entry: MachineDisk,
): Targets {
  const name = diskNameOf(machine, entry) ?? entry.name;
  const disk = context.store.get('VirtualMachineDisk', { namespace: namespaceOf(machine), name });
  const path = disk?.status?.path;
  if (!disk || path === undefined || disk.status?.phase !== 'Ready') {
    return waiting('DiskNotReady', `the disk ${name} of the machine is not ready`);
  }
  const holder = holderOf(context, disk);
  if (holder && holder.uid !== uidOf(machine)) {
    return waiting('DiskInUse', `the disk ${name} is in use by the machine ${holder.name}`);
  }
  const { format, encryption } = disk.spec;
  const copied = backup !== undefined || method === 'External';
  if (encryption && copied) {
    const what = `the disk ${entry.name} (${name}) is encrypted, and what would be written beside it would not be`;
    return final('EncryptionNotSupported', `${what}: take a snapshot by the method Internal`);
  }
  if (format === 'qcow2' || copied) return { targets: [{ name: entry.name, disk: name, path, format }] };
  return final(
    'FormatNotSupported',
    `the disk ${entry.name} (${name}) is raw, and a raw volume cannot hold a snapshot: use the method External, make a qcow2 copy of it (spec.source.disk) for the machine, or name only qcow2 disks in spec.disks`,
  );
}
