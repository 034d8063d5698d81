import type { SpecOf } from '../../objects/manifest.ts';
import type { Named } from '../../roots/draft.ts';
import { aside, chosen, each, one } from '../../table/children.ts';
import { field, fieldOf, ignored, same } from '../../table/rule.ts';
import type { ElementTable } from '../../table/table.ts';
import { storageUnit, whole } from '../../values/numbers.ts';
import { text, uuid } from '../../values/texts.ts';
import { wordOf } from '../../values/words.ts';
import { textOf } from '../../xml/infoset.ts';
import { naming } from '../common.ts';

/** A volume on its way between libvirt's terms and ours. */
export interface VolumeDraft extends Named {
  spec: Partial<SpecOf<'VirtualMachineDisk'>>;
  capacity?: { amount?: number; unit?: string };
  cluster?: { amount?: number; unit?: string };
  /** UUID of the secret with the passphrase. */
  secret?: string;
  format?: 'raw' | 'qcow2' | 'iso';
}

const volumeField = fieldOf<VolumeDraft>();

const OBSERVED = { whole: ignored('is observed, and part of the status') };
const OWN = { whole: ignored('the executor makes volumes for itself and for qemu alone') };
const HEADER = 'is in the header of the volume itself';

const encryption: ElementTable<VolumeDraft> = {
  attributes: { format: same('LUKS is what volumes are encrypted with', 'luks') },
  children: {
    secret: one<VolumeDraft>({
      attributes: {
        type: same('a passphrase is what opens LUKS', 'passphrase'),
        uuid: volumeField('secret', uuid, { field: 'spec.encryption.secretRef' }),
      },
    }),
    cipher: each({ whole: ignored(HEADER) }),
    ivgen: each({ whole: ignored(HEADER) }),
  },
};

const target: ElementTable<VolumeDraft> = {
  children: {
    path: one<VolumeDraft>({ text: ignored('follows from the pool and the name') }),
    format: one<VolumeDraft>({
      attributes: { type: volumeField('format', wordOf('qcow2', 'raw', 'iso'), { field: 'spec.format' }) },
    }),
    permissions: each(OWN),
    timestamps: each(OBSERVED),
    encryption: one<VolumeDraft>(encryption),
    compat: one<VolumeDraft>({ text: ignored(HEADER) }),
    nocow: each({ whole: ignored('is an attribute of the file, which stays as it is') }),
    features: each({ whole: ignored(HEADER) }),
    clusterSize: one<VolumeDraft>({
      attributes: { unit: volumeField('cluster.unit', storageUnit, { field: 'spec.clusterSize', canonical: true }) },
      text: volumeField('cluster.amount', whole(0), { field: 'spec.clusterSize', canonical: true }),
    }),
  },
};

/** A volume that is there is taken with the chain that it has: its header names it. */
const backingStore: ElementTable<VolumeDraft> = {
  children: {
    path: one<VolumeDraft>({ text: ignored(HEADER, text()) }),
    format: one<VolumeDraft>({ attributes: { type: ignored(HEADER) } }),
    permissions: each(OWN),
  },
};

const sized: ElementTable<VolumeDraft> = {
  attributes: {
    unit: field<VolumeDraft, string>('capacity.unit', storageUnit, { field: 'spec.size', canonical: true }),
  },
  text: volumeField('capacity.amount', whole(0), { field: 'spec.size', canonical: true }),
};

const HEADER_SIZE = 'the volume, or what is below it, says how large it is';
const unsized: ElementTable<VolumeDraft> = {
  attributes: { unit: ignored(HEADER_SIZE, storageUnit) },
  text: ignored(HEADER_SIZE, whole(0)),
};

/** `<volume>`: a file of a pool. Source: https://libvirt.org/formatstorage.html#storage-volume-xml */
export const volume: ElementTable<VolumeDraft> = {
  attributes: {
    type: ignored('the pool decides whether volumes are files or devices', wordOf('file', 'block', 'network')),
  },
  children: {
    name: one<VolumeDraft>(naming.name),
    key: one<VolumeDraft>({ text: ignored('is the path once more') }),
    source: aside(OBSERVED),
    capacity: chosen<VolumeDraft>(
      (node) => (/^\s*0\s*$/.test(textOf(node)) ? unsized : sized),
      ({ capacity: size }) => (size?.amount === undefined ? undefined : sized),
    ),
    allocation: each(OBSERVED),
    physical: each(OBSERVED),
    target: one<VolumeDraft>(target),
    backingStore: one<VolumeDraft>(backingStore),
  },
};
