import { kubernetesName } from '../../objects/names.ts';
import type { Named } from '../../roots/draft.ts';
import { each, one } from '../../table/children.ts';
import type { Codec } from '../../table/codec.ts';
import { fieldOf, ignored } from '../../table/rule.ts';
import type { ElementTable } from '../../table/table.ts';
import { text } from '../../values/texts.ts';
import { wordOf, words } from '../../values/words.ts';
import { attributeOf, childElements, type XmlElement } from '../../xml/infoset.ts';
import { listed, type Numbered, naming } from '../common.ts';

type Method = 'no' | 'internal' | 'external';

export interface SnapshotDiskDraft extends Numbered {
  name?: string;
  method?: Method;
}

/** A snapshot on its way between libvirt's terms and ours. */
export interface SnapshotDraft extends Named {
  memory?: Method;
  disks: SnapshotDiskDraft[];
}

const snapshotField = fieldOf<SnapshotDraft>();
const disk = fieldOf<SnapshotDiskDraft>();
const method = wordOf<Method>('no', 'internal', 'external');

/** Name of a disk; libvirt takes the path of its file too. */
const diskName: Codec<string> = {
  read: (value) => (value.startsWith('/') ? { value: kubernetesName(value) } : text(63).read(value)),
  write: (value) => value,
};

const IN_VOLUME = 'memory is kept inside a volume, not in a file beside it';
/** Where the memory is kept is not libvirt's choice. */
const memory = words({ no: 'no' as const, internal: 'internal' as const, external: 'internal' as const });

const OBSERVED = 'is observed, and part of the status';
const OWN_PLACE = { whole: ignored('the executor lays overlays beside the volume, in its format') };

const isExternal = (node: XmlElement): boolean => attributeOf(node, 'snapshot') === 'external';

/** An internal snapshot beside external ones: all disks of a machine are taken in one way. */
const isOutnumbered = (node: XmlElement): boolean =>
  attributeOf(node, 'snapshot') === 'internal' &&
  node.parent !== undefined &&
  childElements(node.parent).some(isExternal);

const disks: ElementTable<SnapshotDiskDraft> = {
  attributes: {
    name: disk('name', diskName),
    snapshot: disk('method', method, { field: 'spec.method' }),
    type: ignored(
      'the executor lays overlays beside the volume',
      wordOf('file', 'block', 'network', 'volume', 'nvme', 'vhostvdpa'),
    ),
  },
  children: { source: each(OWN_PLACE), driver: each(OWN_PLACE) },
};

const outnumbered: ElementTable<SnapshotDiskDraft> = {
  ...disks,
  attributes: {
    ...disks.attributes,
    snapshot: ignored('one method is for all disks: it is taken outside the volume, as others are', method),
  },
};

function diskTable(node: XmlElement) {
  if (attributeOf(node, 'snapshot') === 'no') return { whole: ignored('is not taken: the others are named') };
  return isOutnumbered(node) ? outnumbered : disks;
}

const KEPT = 'is what the machine was; of it the name is taken, the rest is a machine to import by itself';

/** `<domainsnapshot>`. Source: https://libvirt.org/formatsnapshot.html */
export const snapshot: ElementTable<SnapshotDraft> = {
  children: {
    name: one<SnapshotDraft>(naming.name),
    description: one<SnapshotDraft>(naming.description),
    state: one<SnapshotDraft>({
      text: ignored(
        OBSERVED,
        wordOf(
          'nostate',
          'running',
          'blocked',
          'paused',
          'shutdown',
          'shutoff',
          'crashed',
          'pmsuspended',
          'disk-snapshot',
        ),
      ),
    }),
    creationTime: one<SnapshotDraft>({ text: ignored(OBSERVED) }),
    active: one<SnapshotDraft>({ text: ignored(OBSERVED) }),
    parent: one<SnapshotDraft>({ children: { name: one<SnapshotDraft>({ text: ignored(OBSERVED) }) } }),
    memory: one<SnapshotDraft>({
      attributes: {
        snapshot: snapshotField('memory', memory, { field: 'spec.memory' }),
        file: ignored(IN_VOLUME, text(4096)),
      },
    }),
    disks: one<SnapshotDraft>({
      children: {
        disk: listed<SnapshotDraft, SnapshotDiskDraft>('spec.disks', (draft) => draft.disks, disks, diskTable),
      },
    }),
    domain: each({ whole: ignored(KEPT) }),
    inactiveDomain: each({ whole: ignored(KEPT) }),
    cookie: each({ whole: ignored('is libvirt’s own') }),
  },
};
