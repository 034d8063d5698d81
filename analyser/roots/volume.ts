import { formatSize, parseSize } from '../../schemas/types/size.ts';
import { type VolumeDraft, volume } from '../elements/volume/volume.ts';
import type { Fault } from '../objects/building.ts';
import type { Manifest, SpecOf } from '../objects/manifest.ts';
import { readElement } from '../table/read.ts';
import { writeElement } from '../table/write.ts';
import { storageBytes } from '../values/numbers.ts';
import { named, namesOf } from './draft.ts';
import type { Root } from './root.ts';

type Spec = SpecOf<'VirtualMachineDisk'>;

const sizeOf = ({ amount, unit }: NonNullable<VolumeDraft['capacity']>): string | undefined =>
  amount === undefined ? undefined : formatSize(storageBytes(amount, unit));

/** Name of the Secret that stands for one of libvirt's. */
const SECRET = 'libvirt-secret-';

/** A file that libvirt never looked into is raw to it. */
function specOf({ name = '', capacity = {}, cluster = {}, secret, format = 'raw' }: VolumeDraft, pool: string): Spec {
  const size = sizeOf(capacity);
  const clusterSize = sizeOf(cluster) as Spec['clusterSize'];
  return {
    pool,
    ...(size !== undefined && { size }),
    format: format === 'qcow2' ? 'qcow2' : 'raw',
    source: { volume: { file: name } },
    ...(clusterSize !== undefined && { clusterSize }),
    ...(secret !== undefined && { encryption: { secretRef: { name: SECRET + secret.toLowerCase() } } }),
    reclaimPolicy: 'Retain',
  };
}

const amountOf = (size: string | number | undefined): { amount?: number; unit?: string } =>
  size === undefined ? {} : { amount: Number(parseSize(size)), unit: 'bytes' };

function draftOf({ size, format, clusterSize, encryption }: Spec): VolumeDraft {
  const secret = encryption?.secretRef.name;
  return {
    spec: {},
    capacity: amountOf(size),
    cluster: amountOf(clusterSize),
    format: format ?? 'qcow2',
    ...(secret?.startsWith(SECRET) && { secret: secret.slice(SECRET.length) }),
  };
}

/** A storage volume of libvirt's: a disk whose file lies in the pool, taken as it is. */
export const volumeRoot: Root = {
  read(node, reading, options) {
    const draft: VolumeDraft = { spec: {} };
    const seen = readElement(node, volume, draft, reading);
    const faults: Fault[] = draft.name === undefined ? [{ xpath: '/volume/name', reason: 'is missing' }] : [];
    const object = named('VirtualMachineDisk', draft, specOf(draft, options.pool ?? 'default'), options, 'Namespaced');
    return { seen, objects: [object], faults };
  },
  write: (object) => {
    const { spec } = object as Manifest<'VirtualMachineDisk'>;
    return writeElement('volume', volume, { ...draftOf(spec), ...namesOf(object) })[0];
  },
};
