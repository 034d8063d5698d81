import { copyNode, diskNode, fileNode, keyObject, limitNode, throttleGroup } from '../identifiers.ts';
import type { HostAbilities, QemuInput, Volume } from '../input.ts';
import { json, object } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { secretObject } from '../secrets.ts';
import { sourceChain } from './disk/chain.ts';
import { vhostUserArguments } from './disk/vhost-user.ts';
import type { Disk } from './disk-bus.ts';
import { type Iotune, wantedLimits } from './throttle.ts';

type Properties = Readonly<Record<string, unknown>>;

export interface Caching {
  readonly direct: boolean;
  readonly noFlush: boolean;
  /** Whether the guest sees a write cache that it must flush. */
  readonly writeCache: boolean;
}

/** libvirt's names for what are three independent switches; man qemu-system-x86_64 has the table. */
const CACHING = {
  none: { direct: true, noFlush: false, writeCache: true },
  writeback: { direct: false, noFlush: false, writeCache: true },
  writethrough: { direct: false, noFlush: false, writeCache: false },
  directsync: { direct: true, noFlush: false, writeCache: false },
  unsafe: { direct: false, noFlush: true, writeCache: true },
} satisfies Record<NonNullable<Disk['cache']>, Caching>;

export const cachingOf = (disk: Disk, volume: Volume | undefined): Caching =>
  CACHING[disk.cache ?? (volume?.directIo ? 'none' : 'writeback')];

/** Content outside the pools is cached as qemu does it, unless the spec says how. */
export const ownCaching = ({ cache, shareable, readOnly, device }: Disk): Caching | undefined => {
  // What others write to as well must not be in a cache of the host. libvirt: qemuDomainPrepareDiskCachemode
  const usual = shareable && !readOnly && device !== 'cdrom' ? 'none' : undefined;
  const mode = cache ?? usual;
  return mode && CACHING[mode];
};

type Host = Pick<HostAbilities, 'ioUring' | 'ioUringUnasked'>;

/**
 * The fastest that can be relied on. `native` is the kernel's older asynchronous I/O, which O_DIRECT is needed for. `io_uring` has
 * to be asked for where qemu may never come to the rest of a read that the end of the file cut short, and then stands still
 * for ever (docs/decisions/0021-io-uring-by-version.md).
 * @throws Refusal for one that is asked for and that this host, or the cache of the disk, has not
 */
function ioOf(disk: Disk, direct: boolean, { ioUring, ioUringUnasked = false }: Host): string {
  const field = `spec.disks[${disk.name}].io`;
  if (disk.io === 'io_uring' && ioUring === false) {
    throw new Refusal(
      'NoIoUring',
      field,
      'qemu may not use io_uring on this host; use native or threads, or see kernel.io_uring_disabled',
    );
  }
  if (disk.io === 'native' && !direct) {
    throw new Refusal(
      'IoNeedsDirect',
      field,
      'native needs cache none or directsync, on a file system that takes O_DIRECT; use io_uring or threads',
    );
  }
  return disk.io ?? (ioUringUnasked ? 'io_uring' : direct ? 'native' : 'threads');
}

const isReadOnly = (disk: Disk, volume: Volume): boolean => disk.device === 'cdrom' || disk.readOnly || volume.readOnly;

/** The file and the format on it, as qemu's `blockdev-add` takes them too; the last is the one that the device gets. */
export function blockNodes(disk: Disk, volume: Volume, host: Host): Properties[] {
  const caching = cachingOf(disk, volume);
  const common = {
    'read-only': isReadOnly(disk, volume),
    discard: disk.discard ?? 'unmap',
    cache: { direct: caching.direct, 'no-flush': caching.noFlush },
  };
  const driver = volume.path.startsWith('/dev/') ? 'host_device' : 'file';
  const file = {
    driver,
    filename: volume.path,
    'node-name': fileNode(disk.name),
    aio: ioOf(disk, caching.direct, host),
    ...common,
  };
  const format = {
    ...unlocked(disk, volume),
    'node-name': diskNode(disk.name),
    file: fileNode(disk.name),
    ...common,
    ...(disk.detectZeroes && { 'detect-zeroes': disk.detectZeroes }),
  };
  const limited = disk.iotune ? [file, format, limiter(disk)] : [file, format];
  return disk.copyOnRead ? [...limited, copier(disk)] : limited;
}

/** The format, and the object that holds its passphrase; an encrypted raw volume is a format of its own. */
function unlocked({ name }: Disk, { format, secret }: Volume): Properties {
  if (!secret) return { driver: format };
  if (format === 'raw') return { driver: 'luks', 'key-secret': keyObject(name) };
  return { driver: format, encrypt: { format: 'luks', 'key-secret': keyObject(name) } };
}

/** A source has no filter for limits: they are set on its device. */
const lowerNode = (disk: Disk): string => (disk.iotune && !disk.source ? limitNode(disk.name) : diskNode(disk.name));

/** The node that the device gets. */
export const topNode = (disk: Disk): string => (disk.copyOnRead ? copyNode(disk.name) : lowerNode(disk));

const copier = (disk: Disk): Properties => ({
  driver: 'copy-on-read',
  'node-name': copyNode(disk.name),
  file: lowerNode(disk),
  discard: 'unmap',
});

const limiter = (disk: Disk): Properties => ({
  driver: 'throttle',
  'node-name': limitNode(disk.name),
  'throttle-group': throttleGroup(disk.name),
  file: diskNode(disk.name),
});

export const throttleObject = (disk: Disk, iotune: Iotune) =>
  ({ 'qom-type': 'throttle-group', id: throttleGroup(disk.name), limits: wantedLimits(iotune) }) as const;

function sourceArguments(disk: Disk, source: NonNullable<Disk['source']>, runDir: string): string[] {
  if (source.vhostUser) return vhostUserArguments(disk, source.vhostUser);
  const { objects, nodes } = sourceChain(disk, source, runDir, ownCaching(disk));
  const all = disk.copyOnRead ? [...nodes, copier(disk)] : nodes;
  return [...objects, ...all.flatMap((node) => ['-blockdev', json(node)])];
}

/** What of a machine the backend of a disk is made from. */
export type BackendInput = Pick<QemuInput, 'volumes' | 'runDir' | 'host'>;

export function blockArguments(input: BackendInput, disk: Disk): string[] {
  if (disk.source) return sourceArguments(disk, disk.source, input.runDir);
  const volume = input.volumes[disk.name];
  if (!volume) return [];
  const group = disk.iotune ? object(throttleObject(disk, disk.iotune)) : [];
  const key = volume.secret ? secretObject(input.runDir, keyObject(disk.name), volume.secret) : [];
  return [...key, ...group, ...blockNodes(disk, volume, input.host).flatMap((node) => ['-blockdev', json(node)])];
}
