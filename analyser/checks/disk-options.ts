import type { Fault } from '../objects/building.ts';
import { attributeOf, childAttribute, childElements, childOf, type XmlElement } from '../xml/infoset.ts';
import { at, devicesNamed, wrong } from './domain.ts';

/** What the rules look at. */
interface Facts {
  readonly disk: XmlElement;
  readonly kind: string;
  readonly type: string;
  readonly bus: string;
  readonly format: string;
  readonly says: (path: string) => string | undefined;
  readonly has: (name: string) => boolean;
}

const factsOf = (disk: XmlElement): Facts => ({
  disk,
  kind: attributeOf(disk, 'device') ?? 'disk',
  type: attributeOf(disk, 'type') ?? 'file',
  bus: childAttribute(disk, 'target', 'bus') ?? '',
  format: childAttribute(disk, 'driver', 'type') ?? 'raw',
  says: (path) => at(disk, path),
  has: (name) => childOf(disk, name) !== undefined,
});

interface Rule {
  /** Where the fault is. */
  readonly path: string;
  readonly reason: string;
  readonly broken: (facts: Facts) => boolean;
}

const REMOVABLE = ['cdrom', 'floppy'];
const DIRECT = ['none', 'directsync'];
/** Formats that libvirt has a name for and qemu's block layer no place. Source: qemuDomainValidateStorageSource */
const UNUSABLE = ['cow', 'dir', 'luks', 'vhdx', 'parallels'];

/** Source: virDomainDiskDefValidate, qemuValidateDomainDeviceDefDisk, qemuDomainValidateStorageSource */
const RULES: readonly Rule[] = [
  {
    path: 'target/@bus',
    reason: 'has no ejectable media',
    broken: ({ kind, bus }) => kind === 'cdrom' && bus === 'virtio',
  },
  {
    path: 'target/@bus',
    reason: 'is no bus for a floppy',
    broken: ({ kind, bus }) => kind === 'floppy' && bus !== 'fdc' && bus !== '',
  },
  {
    path: 'target/@bus',
    reason: 'is no bus for a disk, only for floppies',
    broken: ({ kind, bus }) => kind !== 'floppy' && bus === 'fdc',
  },
  {
    path: 'target/@tray',
    reason: 'is only for cdrom and floppy',
    broken: ({ kind, says }) => says('target/@tray') === 'open' && !REMOVABLE.includes(kind),
  },
  {
    path: '@device',
    reason: 'is lun, which only the bus scsi has',
    broken: ({ kind, bus }) => kind === 'lun' && bus !== 'scsi' && bus !== '',
  },
  {
    path: '@rawio',
    reason: "can be used only with device='lun'",
    broken: ({ kind, says }) => says('@rawio') === 'yes' && kind !== 'lun',
  },
  {
    path: '@model',
    reason: 'is only for the bus virtio',
    broken: ({ bus, says }) => says('@model')?.startsWith('virtio') === true && bus !== 'virtio' && bus !== '',
  },
  {
    path: 'vendor',
    reason: 'is only for disks on the bus scsi',
    broken: ({ bus, has }) => has('vendor') && bus !== 'scsi' && bus !== '',
  },
  {
    path: 'driver/@copy_on_read',
    reason: 'is not for a read-only disk',
    broken: ({ says, has }) => says('driver/@copy_on_read') === 'on' && has('readonly'),
  },
  {
    path: 'driver/@discard_no_unref',
    reason: 'is only for the format qcow2',
    broken: ({ says, format }) => says('driver/@discard_no_unref') === 'on' && format !== 'qcow2',
  },
  {
    path: 'driver/metadata_cache',
    reason: 'is only for the format qcow2',
    broken: ({ says, format }) => says('driver/metadata_cache') !== undefined && format !== 'qcow2',
  },
  {
    path: 'driver/@io',
    reason: 'native needs the cache mode none or directsync',
    broken: ({ says }) => says('driver/@io') === 'native' && !DIRECT.includes(says('driver/@cache') ?? ''),
  },
  {
    path: 'driver/@type',
    reason: 'is a storage format that qemu does not take here',
    broken: ({ format, type }) => (UNUSABLE.includes(format) || format === 'fat') && type !== 'dir',
  },
  {
    path: '@type',
    reason: 'dir: virtual FAT storage cannot be written to; add <readonly/>',
    broken: ({ type, format, has, kind }) => type === 'dir' && format === 'fat' && !has('readonly') && kind !== 'cdrom',
  },
  {
    path: 'shareable',
    reason: 'shared access needs a storage format that can be shared: raw',
    broken: ({ has, format, type }) => has('shareable') && !has('readonly') && format !== 'raw' && type !== 'volume',
  },
  {
    path: 'source/reservations',
    reason: "is only for device='lun'",
    broken: ({ disk, kind }) => kind !== 'lun' && below(disk, 'source', 'reservations'),
  },
  {
    path: 'source/@startupPolicy',
    reason: 'is not for a source of the type network',
    broken: ({ type, says }) => type === 'network' && says('source/@startupPolicy') !== undefined,
  },
  {
    path: 'source/@startupPolicy',
    reason: 'requisite is only for cdrom or floppy',
    broken: ({ kind, says }) => says('source/@startupPolicy') === 'requisite' && !REMOVABLE.includes(kind),
  },
  {
    path: 'source/address',
    reason: 'is missing: an NVMe disk is found by its address',
    broken: ({ disk, type }) => type === 'nvme' && !below(disk, 'source', 'address'),
  },
];

const below = (disk: XmlElement, parent: string, name: string): boolean => {
  const found = childOf(disk, parent);
  return found !== undefined && childOf(found, name) !== undefined;
};

/** What another process that serves the disk decides. Source: virDomainDiskVhostUserDefValidate…, qemuValidateDomainDeviceDefDiskVhost… */
const NOT_SERVED = ['readonly', 'shareable', 'iotune', 'encryption', 'transient'];
const NOT_SERVED_OPTIONS = ['cache', 'io', 'copy_on_read', 'discard', 'detect_zeroes', 'error_policy'];

function served({ disk, type, bus, says, has }: Facts): Fault[] {
  if (type !== 'vhostuser') return [];
  const given = [
    ...NOT_SERVED.filter(has),
    ...NOT_SERVED_OPTIONS.map((name) => `driver/@${name}`).filter((path) => says(path) !== undefined),
  ];
  return [
    ...given.map((path) => wrong(disk, path, 'is not supported with a vhostuser disk')),
    ...(bus !== 'virtio' && bus !== '' ? [wrong(disk, 'target/@bus', 'a vhostuser disk is only on virtio')] : []),
  ];
}

/** What a disk of each kind, bus and format cannot be told. */
export const diskOptions = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'disk').flatMap((disk) => {
    const facts = factsOf(disk);
    const broken = RULES.filter((rule) => rule.broken(facts)).map(({ path, reason }) => wrong(disk, path, reason));
    return [...broken, ...served(facts)];
  });

/** Threads that the machine has, by number. */
function threadsOf(domain: XmlElement): Set<number> {
  const count = Number(at(domain, 'iothreads') ?? 0);
  const named = childOf(domain, 'iothreadids');
  const own = named ? childElements(named).map((one) => Number(attributeOf(one, 'id') ?? 0)) : [];
  const others = Array.from({ length: Math.min(count, MOST_THREADS) }, (_, index) => index + 1);
  return new Set([...own, ...others]);
}

const MOST_THREADS = 1024;

/** A disk or a controller is served by a thread that there is. Source: qemuValidateDomainDeviceDefDiskIOThreads */
export function diskThreads(domain: XmlElement): Fault[] {
  const threads = threadsOf(domain);
  const users = [...devicesNamed(domain, 'disk'), ...devicesNamed(domain, 'controller')];
  return users.flatMap((user) => {
    const said = at(user, 'driver/@iothread');
    const bus = childAttribute(user, 'target', 'bus') ?? 'virtio';
    if (said === undefined) return [];
    if (user.name === 'disk' && bus !== 'virtio')
      return [wrong(user, 'driver/@iothread', `IOThreads are not available for the bus ${bus}`)];
    return threads.has(Number(said)) ? [] : [wrong(user, 'driver/@iothread', 'is not defined in <iothreadids>')];
  });
}
