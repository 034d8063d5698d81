import { iothreadObject } from '../../identifiers.ts';
import type { Disk, DiskBus } from '../disk-bus.ts';

type Properties = Readonly<Record<string, unknown>>;

/** The transport options of virtio, as qemu's properties. */
export const virtioProperties = (options: Disk['virtio']): Properties => ({
  ...(options?.iommu !== undefined && { iommu_platform: options.iommu }),
  ...(options?.ats !== undefined && { ats: options.ats }),
  ...(options?.packed !== undefined && { packed: options.packed }),
  ...(options?.pagePerVq !== undefined && { 'page-per-vq': options.pagePerVq }),
});

/** `-transitional` and the like at the end of a driver's name. */
export const generation = (model: string | undefined): string => model?.replace(/^virtio/, '') ?? '';

const queueThreads = ({ iothreads }: Disk): Properties =>
  iothreads
    ? {
        'iothread-vq-mapping': iothreads.map(({ name, queues }) => ({
          iothread: iothreadObject(name),
          ...(queues && { vqs: queues }),
        })),
      }
    : {};

/** What only a virtio disk is told. */
const virtio = (disk: Disk): Properties => ({
  ...virtioProperties(disk.virtio),
  ...(disk.ioEventFd !== undefined && { ioeventfd: disk.ioEventFd }),
  ...(disk.eventIndex !== undefined && { event_idx: disk.eventIndex }),
  ...(disk.queues && { 'num-queues': disk.queues }),
  ...(disk.queueSize && { 'queue-size': disk.queueSize }),
  ...queueThreads(disk),
});

/** What a guest asks a disk for, and the bus by which it can answer. */
const NAMES = {
  scsi: ({ vendor, product }) => ({ ...(vendor && { vendor }), ...(product && { product }) }),
  ide: ({ product }) => (product ? { model: product } : {}),
  sata: ({ product }) => (product ? { model: product } : {}),
  virtio: () => ({}),
  usb: () => ({}),
  nvme: () => ({}),
  fdc: () => ({}),
} satisfies Record<DiskBus, (disk: Disk) => Properties>;

const geometry = ({ geometry: wanted }: Disk): Properties =>
  wanted
    ? {
        cyls: wanted.cylinders,
        heads: wanted.heads,
        secs: wanted.sectors,
        ...(wanted.translation && { 'bios-chs-trans': wanted.translation }),
      }
    : {};

const blocks = ({ blockIo }: Disk): Properties => ({
  ...(blockIo?.logicalBlockSize && { logical_block_size: blockIo.logicalBlockSize }),
  ...(blockIo?.physicalBlockSize && { physical_block_size: blockIo.physicalBlockSize }),
  ...(blockIo?.discardGranularity !== undefined && { discard_granularity: blockIo.discardGranularity }),
});

/** `enospace` is qemu's own way with reads; it has no such word for them. */
const errors = ({ errorPolicy, readErrorPolicy }: Disk): Properties => {
  const reading = readErrorPolicy ?? (errorPolicy === 'enospace' ? undefined : errorPolicy);
  return {
    ...(errorPolicy && { werror: errorPolicy === 'enospace' ? 'enospc' : errorPolicy }),
    ...(reading && { rerror: reading }),
  };
};

/** What a disk tells its guest, as properties of its device. Source: qemuBuildDiskDeviceProps of libvirt. */
export const detailProperties = (disk: Disk, bus: DiskBus): Properties => ({
  ...(bus === 'virtio' && virtio(disk)),
  ...NAMES[bus](disk),
  ...geometry(disk),
  ...blocks(disk),
  ...errors(disk),
  ...(disk.wwn && { wwn: BigInt(`0x${disk.wwn}`) }),
  ...(disk.rotationRate && { rotation_rate: disk.rotationRate }),
  ...(disk.dpofua !== undefined && { dpofua: disk.dpofua }),
  ...(disk.shareable && { 'share-rw': true }),
  ...(bus === 'usb' && disk.source && { removable: disk.removable ?? false }),
});
