import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';
import type { Disk } from '../../qemu/devices/disk-bus.ts';
import { secretKeyOf } from '../common/passphrase.ts';
import { diskNameOf, diskRival } from './disk-owner.ts';
import { resolveImage } from './resolve-image.ts';
import type { Problem, Resolved, VolumeFile } from './resources.ts';

const problem = (reason: string, message: string): { problem: Problem } => ({ problem: { reason, message } });

/** The volume behind a disk of a machine; nothing for an empty drive. */
export function resolveDisk(machine: VirtualMachine, disk: Disk, store: Store, nodeName: string): Resolved<VolumeFile> {
  if (disk.image && disk.device === 'cdrom') return resolveImage(machine, disk.image.name, store);
  const name = diskNameOf(machine, disk);
  if (name === undefined) return undefined;
  const namespace = machine.metadata.namespace ?? 'default';
  const volume = store.get('VirtualMachineDisk', { namespace, name });
  if (!volume) return missing(disk, name);
  if (disk.disk === undefined && !isOwn(machine, volume)) {
    return problem('DiskExists', `there is a disk ${name} already that is not this machine's; delete or rename it`);
  }
  const rival = diskRival(volume, machine, store.list('VirtualMachine', namespace));
  if (rival) return problem('DiskInUse', `the disk ${name} is in use by the machine ${rival.metadata.name}`);
  return usable(volume, nodeName, disk.readOnly || disk.device === 'cdrom');
}

/** Whether a disk was made from this machine's own template. */
export const isOwn = (machine: VirtualMachine, disk: VirtualMachineDisk): boolean =>
  disk.metadata.ownerReferences?.some(({ uid }) => uid === machine.metadata.uid) ?? false;

const missing = (disk: Disk, name: string) =>
  disk.disk
    ? problem('DiskMissing', `the disk ${name} is not there; create it`)
    : problem('DiskNotReady', `the disk ${name} is being made`);

function usable(volume: VirtualMachineDisk, nodeName: string, readOnly: boolean): Resolved<VolumeFile> {
  const { name, deletionTimestamp } = volume.metadata;
  const { phase, path, nodeName: holder, conditions } = volume.status ?? {};
  if (deletionTimestamp !== undefined) return problem('DiskDeleting', `the disk ${name} is being deleted`);
  if (holder !== undefined && holder !== nodeName) {
    return problem('DiskElsewhere', `the disk ${name} is on the node ${holder}, not on ${nodeName}`);
  }
  const there = phase === 'Ready' || phase === 'Resizing';
  const secret = secretKeyOf(volume.spec.encryption);
  if (there && path !== undefined) {
    return { value: { path, format: volume.spec.format, readOnly, ...(secret && { secret }) } };
  }
  const why = conditions?.find(({ type }) => type === 'Ready')?.message ?? 'it was not looked at yet';
  return problem(phase === 'Failed' ? 'DiskFailed' : 'DiskNotReady', `the disk ${name} is not ready: ${why}`);
}
