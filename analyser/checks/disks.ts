import type { Fault } from '../objects/building.ts';
import { attributeOf, childAttribute, childElements, childOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { at, devicesNamed, duplicates, wrong } from './domain.ts';

const busOf = (disk: XmlElement): string | undefined => childAttribute(disk, 'target', 'bus');
const kindOf = (disk: XmlElement): string => attributeOf(disk, 'device') ?? 'disk';

/** Each disk has a target of its own. Source: virDomainDiskDefCheckDuplicateInfo */
export const diskTargets = (domain: XmlElement): Fault[] =>
  duplicates(devicesNamed(domain, 'disk'), (disk) => childAttribute(disk, 'target', 'dev')).map((disk) =>
    wrong(disk, 'target/@dev', 'is the target of two disks'),
  );

/** Attributes and elements of a disk that only some buses have. Source: virDomainDiskDefValidate, qemuValidateDomainDeviceDefDiskFrontend */
const ONLY_ON: Readonly<Record<string, readonly string[]>> = {
  'target/@removable': ['usb', 'scsi'],
  'target/@rotation_rate': ['ide', 'sata', 'scsi'],
  'driver/@queues': ['virtio'],
  'driver/@event_idx': ['virtio'],
  'driver/@iommu': ['virtio'],
  'driver/@ats': ['virtio'],
  'driver/@packed': ['virtio'],
  wwn: ['ide', 'sata', 'scsi'],
  vendor: ['ide', 'sata', 'scsi'],
  product: ['ide', 'sata', 'scsi'],
};

export function diskBuses(domain: XmlElement): Fault[] {
  return devicesNamed(domain, 'disk').flatMap((disk) => {
    const bus = busOf(disk);
    if (bus === undefined) return [];
    return Object.entries(ONLY_ON).flatMap(([path, buses]) =>
      at(disk, path) !== undefined && !buses.includes(bus)
        ? [wrong(disk, path, `is not for disks on the bus ${bus}`)]
        : [],
    );
  });
}

/** A raw SCSI device of the host must be one. Source: virDomainDiskDefValidateSource… */
export const luns = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'disk')
    .filter((disk) => kindOf(disk) === 'lun')
    .flatMap((disk) => {
      const type = attributeOf(disk, 'type') ?? '';
      const protocol = childAttribute(disk, 'source', 'protocol');
      const fits =
        ['block', 'volume', 'vhostvdpa', 'nvme'].includes(type) || (type === 'network' && protocol === 'iscsi');
      return fits ? [] : [wrong(disk, '@device', 'lun is only for block devices and iSCSI')];
    });

const LIMITS = [
  'bytes_sec',
  'iops_sec',
  'bytes_sec_max',
  'iops_sec_max',
  'bytes_sec_max_length',
  'iops_sec_max_length',
];

/** A limit is for reading and writing together, or for each. Source: virDomainDiskDefIotuneParse */
export const limits = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'disk').flatMap((disk) => {
    const iotune = childOf(disk, 'iotune');
    if (!iotune) return [];
    const given = new Set(childElements(iotune).map(({ name }) => name));
    const mixed = LIMITS.filter(
      (name) => given.has(`total_${name}`) && (given.has(`read_${name}`) || given.has(`write_${name}`)),
    );
    const unfiltered = childOf(disk, 'throttlefilters')
      ? [wrong(disk, 'throttlefilters', 'cannot be beside iotune')]
      : [];
    return [
      ...unfiltered,
      ...mixed.map((name) => wrong(disk, `iotune/total_${name}`, 'is given beside the limits of reading and writing')),
    ];
  });

/** What is encrypted, once, in a format that can be. Source: virDomainDiskDefParseValidateSource */
export function encryption(domain: XmlElement): Fault[] {
  return devicesNamed(domain, 'disk').flatMap((disk) => {
    const source = childOf(disk, 'source');
    const inner = source && childOf(source, 'encryption');
    const outer = childOf(disk, 'encryption');
    const found = inner ?? outer;
    const format = childAttribute(disk, 'driver', 'type');
    if (!found) return [];
    return [
      ...(inner && outer ? [wrong(disk, 'encryption', 'is given at the disk and at its source')] : []),
      ...(format !== undefined && !['raw', 'qcow2', 'luks'].includes(format)
        ? [wrong(disk, 'driver/@type', 'has no encryption; the formats raw and qcow2 have')]
        : []),
      ...(childOf(found, 'cipher')
        ? [{ xpath: xpathOf(found), reason: 'names a cipher, which the volume itself says' }]
        : []),
    ];
  });
}

const AUTHENTICATES: Readonly<Record<string, string>> = { rbd: 'ceph', iscsi: 'iscsi' };

/** Who logs in where. Source: virDomainDiskDefParseValidateSourceChainOne */
export const logins = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'disk').flatMap((disk) => {
    const source = childOf(disk, 'source');
    const auth = (source && childOf(source, 'auth')) ?? childOf(disk, 'auth');
    const secret = auth && childOf(auth, 'secret');
    const wanted = AUTHENTICATES[(source && attributeOf(source, 'protocol')) ?? ''];
    const type = secret && attributeOf(secret, 'type');
    if (!secret || wanted === undefined || type === undefined || type === wanted) return [];
    return [{ xpath: `${xpathOf(secret)}/@type`, reason: `is no secret for this protocol; ${wanted} is` }];
  });

/** Protocols that libvirt reads and no hypervisor serves any more. */
const GONE = ['sheepdog'];

export const protocols = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'disk')
    .filter((disk) => GONE.includes(childAttribute(disk, 'source', 'protocol') ?? ''))
    .map((disk) => wrong(disk, 'source/@protocol', 'is a protocol that no hypervisor supports any more'));

/** Servers are named, by a name or a socket. */
export const servers = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'disk').flatMap((disk) => {
    const source = childOf(disk, 'source');
    const hosts = source ? childElements(source).filter(({ name }) => name === 'host') : [];
    return hosts.flatMap((host) => {
      const isUnix = attributeOf(host, 'transport') === 'unix';
      const missing = attributeOf(host, isUnix ? 'socket' : 'name') === undefined;
      return missing ? [{ xpath: xpathOf(host), reason: isUnix ? 'has no socket' : 'has no name' }] : [];
    });
  });

/** Places on a bus that are SCSI hosts' and disks' alike. Source: virDomainSCSIDriveAddressIsUsed */
export function scsiPlaces(domain: XmlElement): Fault[] {
  const scsi = [
    ...devicesNamed(domain, 'disk').filter((disk) => busOf(disk) === 'scsi'),
    ...devicesNamed(domain, 'hostdev').filter((device) => attributeOf(device, 'type') === 'scsi'),
  ];
  const place = (device: XmlElement): string | undefined => {
    const address = childOf(device, 'address');
    if (!address || attributeOf(address, 'type') !== 'drive') return undefined;
    return ['controller', 'bus', 'target', 'unit'].map((name) => Number(attributeOf(address, name) ?? 0)).join(' ');
  };
  return duplicates(scsi, place).map((device) => wrong(device, 'address', 'is the place of two devices'));
}

/** How far each bus counts. Source: qemuValidateDomainDeviceDefDiskFrontend, virDomainDriveAddress… */
const BOUNDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  fdc: { bus: 0, target: 0, unit: 1 },
  ide: { controller: 0, target: 0 },
  scsi: { bus: 0 },
};

export const drivePlaces = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'disk').flatMap((disk) => {
    const address = childOf(disk, 'address');
    const bounds = BOUNDS[busOf(disk) ?? ''];
    if (!address || !bounds || attributeOf(address, 'type') !== 'drive') return [];
    return Object.entries(bounds).flatMap(([name, most]) =>
      Number(attributeOf(address, name) ?? 0) > most
        ? [wrong(disk, `address/@${name}`, `is beyond ${most}, the last of the bus ${busOf(disk)}`)]
        : [],
    );
  });
