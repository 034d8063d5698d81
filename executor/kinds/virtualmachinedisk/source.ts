import type { VirtualMachineDisk, VirtualMachineDiskSpec } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachineSnapshotStatus } from '../../../schemas/kinds/snapshot.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import type { Context } from '../../controller/types.ts';
import { volumeOf } from '../../storage/chain/index.ts';
import type { File } from '../../storage/qemu-img/index.ts';
import { holderOf } from '../common/disk-users.ts';
import { isDeleting, namespaceOf } from '../common/object.ts';

/** A copy out of a volume that a machine may have. */
export interface CopySource {
  readonly type: 'copy';
  readonly from: File;
  /** Bytes that a guest sees. */
  readonly size: bigint;
  /** Name of the snapshot inside the volume that is copied. */
  readonly tag?: string;
  /** Whether the content stays as it is whatever a machine does: a snapshot. */
  readonly frozen?: boolean;
  readonly encryption?: NonNullable<VirtualMachineDiskSpec['encryption']>;
  /** The machine that has the volume, and its name for it. */
  readonly machine?: { readonly name: string; readonly uid: string; readonly entry: string };
}

/** Where a disk's first content comes from, as far as it is there. */
export type ResolvedSource =
  | { readonly type: 'blank' }
  | { readonly type: 'overlay'; readonly base: File; readonly size: bigint }
  | CopySource
  /** A file of the pool that becomes the volume. */
  | { readonly type: 'adopt'; readonly file: string }
  | { readonly type: 'url'; readonly url: string; readonly checksum: string }
  | { readonly type: 'waiting'; readonly reason: string; readonly message: string };

type Source = NonNullable<VirtualMachineDiskSpec['source']>;
type Resolve<T extends keyof Source> = (
  context: Context,
  source: NonNullable<Source[T]>,
  disk: VirtualMachineDisk,
) => ResolvedSource;

const waiting = (reason: string, message: string): ResolvedSource => ({ type: 'waiting', reason, message });

const fromImage: Resolve<'image'> = ({ store }, { name, copy = false }, disk) => {
  const image = store.get('VirtualMachineImage', { namespace: namespaceOf(disk), name });
  if (!image) return waiting('ImageNotFound', `the image ${name} is not there: create it, or name another`);
  if (isDeleting(image)) return waiting('ImageNotReady', `the image ${name} is being deleted: name another`);
  const { phase, path, format, virtualSize, conditions } = image.status ?? {};
  if (phase !== 'Ready' || path === undefined || format === undefined || virtualSize === undefined) {
    const why = conditions?.find(({ type }) => type === 'Ready')?.message ?? 'nothing is known of it yet';
    return waiting('ImageNotReady', `the image ${name} is not ready: ${why}`);
  }
  const file = { path, format };
  const size = parseSize(virtualSize);
  const overlay = disk.spec.format === 'qcow2' && disk.spec.preallocation === 'Off' && !copy;
  return overlay ? { type: 'overlay', base: file, size } : { type: 'copy', from: file, size };
};

const fromDisk: Resolve<'disk'> = (context, { name }, disk) => {
  const source = context.store.get('VirtualMachineDisk', { namespace: namespaceOf(disk), name });
  if (!source) return waiting('DiskNotFound', `the disk ${name} is not there: create it, or name another`);
  return copyOf(context, source);
};

const fromSnapshot: Resolve<'snapshot'> = (context, { name, disk: entryName }, disk) => {
  const snapshot = context.store.get('VirtualMachineSnapshot', { namespace: namespaceOf(disk), name });
  if (!snapshot) return waiting('SnapshotNotFound', `the snapshot ${name} is not there: take it, or name another`);
  if (!snapshot.status?.ready) return waiting('SnapshotNotReady', `the snapshot ${name} is not ready`);
  const taken = snapshot.status.disks?.find((entry) => entry.name === entryName);
  if (taken?.path !== undefined && taken.virtualSize !== undefined) return fromFrozen(context, disk, taken);
  if (!taken?.disk || !taken.tag) {
    const has = snapshot.status.disks?.map((entry) => entry.name).join(', ') ?? 'none';
    return waiting('SnapshotHasNoDisk', `the snapshot ${name} holds no disk ${entryName}; it has ${has}`);
  }
  const key = { namespace: namespaceOf(disk), name: taken.disk };
  const source = context.store.get('VirtualMachineDisk', key);
  if (!source) return waiting('DiskNotFound', `the disk ${taken.disk} of the snapshot ${name} is not there any more`);
  const copy = copyOf(context, source);
  if (copy.type !== 'copy') return copy;
  const from = { path: volumeOf(copy.from.path), format: source.spec.format };
  return { ...copy, from, tag: taken.tag, frozen: true };
};

type Taken = NonNullable<NonNullable<VirtualMachineSnapshotStatus['disks']>[number]>;

/** A copy in a backup, or a file under an overlay: nobody writes to it, whether the machine runs or not. */
function fromFrozen({ store }: Context, disk: VirtualMachineDisk, taken: Taken): ResolvedSource {
  const { path = '', virtualSize = '', disk: name = '' } = taken;
  const volume = store.get('VirtualMachineDisk', { namespace: namespaceOf(disk), name });
  const isVolume = volume?.status?.path !== undefined && volumeOf(volume.status.path) === path;
  return {
    type: 'copy',
    from: { path, format: isVolume ? volume.spec.format : 'qcow2' },
    size: parseSize(virtualSize),
    frozen: true,
    ...(volume?.spec.encryption && { encryption: volume.spec.encryption }),
  };
}

function copyOf(context: Context, source: VirtualMachineDisk): ResolvedSource {
  const { name } = source.metadata;
  const { phase, path, virtualSize } = source.status ?? {};
  if (isDeleting(source) || phase !== 'Ready' || path === undefined || virtualSize === undefined) {
    return waiting('DiskNotReady', `the disk ${name} is not ready`);
  }
  const holder = holderOf(context, source);
  const { format, encryption } = source.spec;
  const from: File = { path, format: path === volumeOf(path) ? format : 'qcow2' };
  const size = parseSize(virtualSize);
  return { type: 'copy', from, size, ...(encryption && { encryption }), ...(holder && { machine: holder }) };
}

const resolvers: { readonly [T in keyof Source]-?: Resolve<T> } = {
  blank: () => ({ type: 'blank' }),
  image: fromImage,
  disk: fromDisk,
  snapshot: fromSnapshot,
  url: (_context, { url, checksum }) => ({ type: 'url', url, checksum }),
  volume: (_context, { file }) => ({ type: 'adopt', file }),
};

export function resolveSource(context: Context, disk: VirtualMachineDisk): ResolvedSource {
  const source = disk.spec.source;
  if (source?.image) return resolvers.image(context, source.image, disk);
  if (source?.disk) return resolvers.disk(context, source.disk, disk);
  if (source?.snapshot) return resolvers.snapshot(context, source.snapshot, disk);
  if (source?.volume) return resolvers.volume(context, source.volume, disk);
  if (source?.url) return resolvers.url(context, source.url, disk);
  return resolvers.blank(context, {}, disk);
}
