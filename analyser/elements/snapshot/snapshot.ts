import type { Named } from '../../roots/draft.ts';
import { each, one } from '../../table/children.ts';
import { fieldOf, ignored, refused } from '../../table/rule.ts';
import type { ElementTable } from '../../table/table.ts';
import { text } from '../../values/texts.ts';
import { wordOf } from '../../values/words.ts';
import { attributeOf } from '../../xml/infoset.ts';
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

const OBSERVED = 'is observed, and part of the status';
const OWN_PLACE = { whole: ignored('the executor lays overlays beside the volume, in its format') };

const disks: ElementTable<SnapshotDiskDraft> = {
  attributes: {
    name: disk('name', text(4096)),
    snapshot: disk('method', method, { field: 'spec.method' }),
    type: ignored(
      'the executor lays overlays beside the volume',
      wordOf('file', 'block', 'network', 'volume', 'nvme', 'vhostvdpa'),
    ),
  },
  children: { source: each(OWN_PLACE), driver: each(OWN_PLACE) },
};

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
        snapshot: snapshotField('memory', method, { field: 'spec.memory' }),
        file: refused('memory is kept inside a volume, not in a file beside it'),
      },
    }),
    disks: one<SnapshotDraft>({
      children: {
        disk: listed<SnapshotDraft, SnapshotDiskDraft>(
          'spec.disks',
          (draft) => draft.disks,
          disks,
          (node) =>
            attributeOf(node, 'snapshot') === 'no' ? { whole: ignored('is not taken: the others are named') } : disks,
        ),
      },
    }),
    domain: each({ whole: ignored(KEPT) }),
    inactiveDomain: each({ whole: ignored(KEPT) }),
    cookie: each({ whole: ignored('is libvirt’s own') }),
  },
};
