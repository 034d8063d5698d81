import { PLACES } from '../../schemas/kinds/machine/disk/location.ts';
import { type DiskDraft, type DomainDraft, emptyLayer, type LayerDraft } from '../elements/draft.ts';
import { addObject, type Building } from './building.ts';
import { driveAddress } from './disk-address.ts';
import { layerOf, sourceOf } from './layers.ts';
import type { Lookup } from './lookup.ts';
import { kubernetesName } from './names.ts';
import { deviceName, deviceNames, targetIndex } from './targets.ts';

/** libvirt guesses the bus from the first letters of the target. Source: virDiskNameToBusDeviceIndex */
const BUSES = { vd: 'virtio', sd: 'scsi', hd: 'ide', fd: 'fdc' } as const;

type Source = NonNullable<DiskDraft['spec']['source']>;

const busOf = (dev: string): (typeof BUSES)[keyof typeof BUSES] | undefined =>
  BUSES[dev.slice(0, 2) as keyof typeof BUSES];

/** Says what each of a machine's disks is: content in its place, or a copy in a pool where a person asked for that. */
export function disksFromLibvirt(building: Building): void {
  const { draft, faults } = building;
  draft.spec.disks = draft.disks.map((disk, index) => {
    const field = `spec.disks[${index}]`;
    const { dev } = disk;
    if (dev === undefined) faults.push({ field, reason: '<target dev> is missing' });
    const bus = disk.spec.bus ?? busOf(dev ?? '');
    if (bus === undefined) faults.push({ field: `${field}.name`, reason: 'has no bus that is supported' });
    const address = disk.spec.address ?? (bus && driveAddress(dev ?? '', bus));
    return { ...disk.spec, ...(bus && { bus }), ...(address && { address }), ...contentOf(building, disk) };
  });
  draft.spec.disks = inOrder(draft.spec.disks);
  if (draft.disks.length === 0) delete draft.spec.disks;
}

type Disk = NonNullable<DomainDraft['spec']['disks']>[number];

/**
 * Disks in libvirt's own order: those of a bus after their targets, each before the first of its bus that comes after it. Firmware
 * boots the first one. Source: virDomainDiskInsertPreAlloced
 */
function inOrder(disks: readonly Disk[]): Disk[] {
  const placed: Disk[] = [];
  for (const disk of disks) {
    const isAfter = (one: Disk): boolean => one.bus === disk.bus && targetIndex(one.name) > targetIndex(disk.name);
    const next = placed.findIndex(isAfter);
    const last = placed.findLastIndex((one) => one.bus === disk.bus);
    const at = next >= 0 ? next : last >= 0 ? last + 1 : placed.length;
    placed.splice(at, 0, disk);
  }
  return placed;
}

type Content = Pick<DiskDraft['spec'], 'disk' | 'image' | 'source'>;

function contentOf(building: Building, disk: DiskDraft): Content {
  const { spec, source } = disk;
  if (source.type === 'volume') return { disk: { name: volume(building, source.volume) } };
  const said = sourceOf(source);
  if (!PLACES.some((place) => said[place] !== undefined)) return {};
  const pool = building.options.pool;
  return pool !== undefined && isCopied(said) ? copyOf(building, spec, said, pool) : { source: said };
}

/** Only a whole file or device that stands alone is copied into a pool. */
const isCopied = ({ file, block, format = 'raw', ...rest }: Source): boolean =>
  (file ?? block) !== undefined &&
  (format === 'raw' || format === 'qcow2') &&
  Object.keys(rest).every((key) => key === 'standalone');

function copyOf(building: Building, spec: DiskDraft['spec'], source: Source, pool: string): Content {
  const path = (source.file ?? source.block)?.path ?? '';
  const format = source.format === 'qcow2' ? 'qcow2' : 'raw';
  const name = kubernetesName(`${building.name}-${spec.name}`);
  const image = imageOf(building, name, { source: { file: { path } }, format, pool });
  const type = source.file ? 'file' : 'block';
  if (type !== typeOf(path)) building.names[`image/${image}`] = type;
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
function volume({ names, faults }: Building, { pool, name: wanted }: DiskDraft['source']['volume']): string {
  if (pool === undefined || wanted === undefined)
    faults.push({ xpath: '/domain/devices', reason: 'a disk of type volume names a pool and a volume' });
  const name = kubernetesName(wanted ?? '');
  names[`disk/${name}`] = `${pool}/${wanted}`;
  return name;
}

/** The other way; a disk whose name is no target of libvirt's gets the next free one of its bus. */
export function disksToLibvirt(draft: DomainDraft, machine: string, lookup: Lookup, everyForm: boolean): void {
  const list = draft.spec.disks ?? [];
  const free = deviceNames(list.map(({ name }) => name));
  draft.disks = list.map((disk) => {
    const device = disk.device ?? 'disk';
    const bus = disk.bus ?? ({ disk: 'virtio', lun: 'scsi', cdrom: 'sata', floppy: 'fdc' } as const)[device];
    const discard = !disk.discard && !disk.source && device === 'disk' ? { discard: 'unmap' as const } : {};
    return {
      spec: { ...disk, device, bus, ...discard },
      dev: deviceName(disk.name, bus, free),
      source: placeOf(disk, machine, lookup),
      everyForm,
    };
  });
}

function placeOf(spec: DiskDraft['spec'], machine: string, lookup: Lookup): LayerDraft {
  const { name, disk, image, blank, device, source } = spec;
  if (source) return layerOf(source);
  if (image && device === 'cdrom') return fileOf(image.name, lookup);
  if (disk) return placeOfDisk(disk.name, lookup);
  const own = image ?? blank;
  return own ? volumeOf(own.pool ?? 'default', `${machine}-${name}`) : emptyLayer('empty');
}

const volumeOf = (pool: string, name: string): LayerDraft => ({ ...emptyLayer('volume'), volume: { pool, name } });

/** A disk's own file where that is known, else the file that it was made from. */
function placeOfDisk(name: string, lookup: Lookup): LayerDraft {
  const original = lookup.names[`disk/${name}`];
  if (original !== undefined) {
    const [pool = '', ...rest] = original.split('/');
    return volumeOf(pool, rest.join('/'));
  }
  const found = lookup.find('VirtualMachineDisk', name);
  const path = lookup.observedPath('VirtualMachineDisk', name);
  if (path !== undefined) return layerOf({ file: { path }, format: found?.spec.format ?? 'qcow2' });
  const image = found?.spec.source?.image;
  if (image && lookup.find('VirtualMachineImage', image.name)?.spec.source.file) return fileOf(image.name, lookup);
  return volumeOf(found?.spec.pool ?? 'default', name);
}

function fileOf(image: string, lookup: Lookup): LayerDraft {
  const path = lookup.imagePath(image);
  const type = lookup.names[`image/${image}`] === undefined ? typeOf(path) : typeOf(path) === 'file' ? 'block' : 'file';
  const format = lookup.find('VirtualMachineImage', image)?.spec.format ?? 'raw';
  return layerOf({ [type]: { path }, format } as Source);
}
