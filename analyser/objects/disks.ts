import type { DiskDraft, DomainDraft } from '../elements/draft.ts';
import { addObject, type Building } from './building.ts';
import type { Lookup } from './lookup.ts';
import { kubernetesName } from './names.ts';
import { deviceName, deviceNames } from './targets.ts';

/** libvirt guesses the bus from the first letters of the target. Source: virDiskNameToBusDeviceIndex */
const BUSES = { vd: 'virtio', sd: 'scsi', hd: 'ide', fd: 'fdc' } as const;

const busOf = (dev: string): (typeof BUSES)[keyof typeof BUSES] | undefined =>
  BUSES[dev.slice(0, 2) as keyof typeof BUSES];

/** Makes the images and disks that a machine's disks are. */
export function disksFromLibvirt(building: Building): void {
  const { draft, faults } = building;
  draft.spec.disks = draft.disks.map((disk, index) => {
    const field = `spec.disks[${index}]`;
    const { dev } = disk.libvirt;
    if (dev === undefined) faults.push({ field, reason: '<target dev> is missing' });
    const bus = disk.spec.bus ?? busOf(dev ?? '');
    if (bus === undefined) faults.push({ field: `${field}.name`, reason: 'has no bus that is supported' });
    return { ...disk.spec, ...(bus && { bus }), ...discardOf(disk), ...contentOf(building, disk) };
  });
  if (draft.disks.length === 0) delete draft.spec.disks;
}

/** libvirt leaves what the guest discards unless it is told otherwise. */
const discardOf = ({ spec: { device, discard } }: DiskDraft) =>
  device === 'cdrom' || device === 'floppy' || discard ? {} : { discard: 'ignore' as const };

function contentOf(building: Building, { spec, libvirt }: DiskDraft): Pick<DiskDraft['spec'], 'disk' | 'image'> {
  if (libvirt.type === 'volume') return { disk: { name: volume(building, libvirt) } };
  if (libvirt.path === undefined) return {};
  const { options, name: machine } = building;
  const pool = options.pool ?? 'default';
  const format = libvirt.format ?? 'raw';
  const name = kubernetesName(`${machine}-${spec.name}`);
  const image = imageOf(building, name, {
    source: { file: { path: libvirt.path } },
    format,
    pool,
  });
  if (libvirt.type !== typeOf(libvirt.path)) building.names[`image/${image}`] = libvirt.type;
  if (spec.device === 'cdrom') return { image: { name: image } };
  addObject(building, 'VirtualMachineDisk', name, { pool, format, source: { image: { name: image } } }, 'Namespaced');
  return { disk: { name } };
}

/** Whether libvirt calls a path a file or a block device, unless it was kept that it is the other. */
const typeOf = (path: string): 'file' | 'block' => (path.startsWith('/dev/') ? 'block' : 'file');

type ImageSpec = { source: { file: { path: string } }; format: 'qcow2' | 'raw'; pool: string };

/** One image for one file, however many disks show it. */
function imageOf(building: Building, name: string, spec: ImageSpec): string {
  const wanted = JSON.stringify(spec);
  const found = building.objects.find(
    (one) => one.kind === 'VirtualMachineImage' && JSON.stringify(one.spec) === wanted,
  );
  if (found) return found.metadata.name;
  addObject(building, 'VirtualMachineImage', name, spec, 'Namespaced');
  return name;
}

/** A volume is a disk that must be there already; its pool in libvirt is kept with its name. */
function volume({ names, faults }: Building, { pool, volume }: DiskDraft['libvirt']): string {
  if (pool === undefined || volume === undefined)
    faults.push({ xpath: '/domain/devices', reason: 'a disk of type volume names a pool and a volume' });
  const name = kubernetesName(volume ?? '');
  names[`disk/${name}`] = `${pool}/${volume}`;
  return name;
}

/** The other way; a disk whose name is no target of libvirt's gets the next free one of its bus. */
export function disksToLibvirt(draft: DomainDraft, machine: string, lookup: Lookup): void {
  const list = draft.spec.disks ?? [];
  const free = deviceNames(list.map(({ name }) => name));
  draft.disks = list.map((disk) => {
    const device = disk.device ?? 'disk';
    const bus = disk.bus ?? ({ disk: 'virtio', lun: 'scsi', cdrom: 'sata', floppy: 'fdc' } as const)[device];
    return {
      spec: { ...disk, device, bus },
      libvirt: { dev: deviceName(disk.name, bus, free), ...sourceOf(disk, machine, lookup) },
    };
  });
}

function sourceOf(spec: DiskDraft['spec'], machine: string, lookup: Lookup): DiskDraft['libvirt'] {
  const { name, disk, image, blank, device } = spec;
  if (image && device === 'cdrom') return fileOf(image.name, lookup);
  if (disk) return sourceOfDisk(disk.name, lookup);
  const own = image ?? blank;
  if (own) return { type: 'volume', pool: own.pool ?? 'default', volume: `${machine}-${name}` };
  return { type: 'file', format: 'raw' };
}

/** A disk's own file where that is known, else the file that it was made from. */
function sourceOfDisk(name: string, lookup: Lookup): DiskDraft['libvirt'] {
  const original = lookup.names[`disk/${name}`];
  if (original !== undefined) {
    const [pool = '', ...rest] = original.split('/');
    return { type: 'volume', pool, volume: rest.join('/') };
  }
  const found = lookup.find('VirtualMachineDisk', name);
  const path = lookup.observedPath('VirtualMachineDisk', name);
  if (path !== undefined) return { type: 'file', path, format: found?.spec.format ?? 'qcow2' };
  const image = found?.spec.source?.image;
  if (image && lookup.find('VirtualMachineImage', image.name)?.spec.source.file) return fileOf(image.name, lookup);
  return { type: 'volume', pool: found?.spec.pool ?? 'default', volume: name };
}

function fileOf(image: string, lookup: Lookup): DiskDraft['libvirt'] {
  const path = lookup.imagePath(image);
  const type = lookup.names[`image/${image}`] === undefined ? typeOf(path) : typeOf(path) === 'file' ? 'block' : 'file';
  return { type, path, format: lookup.find('VirtualMachineImage', image)?.spec.format ?? 'raw' };
}
