import { alias, items, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, ignored, same } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { wordOf, yesNo } from '../values/words.ts';
import { childAttribute, type XmlElement } from '../xml/infoset.ts';
import { placement } from './address.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';

type Video = ItemDraft<'video'>;

const MEMORY = 'the card has as much memory as qemu gives it';

const SIZE = 'the guest starts with the size that the card suggests';

const model: ElementTable<Video> = {
  attributes: {
    type: fieldOf<Video>()('model', wordOf('vga', 'virtio', 'qxl', 'cirrus', 'bochs', 'ramfb'), {
      field: 'spec.model',
    }),
    vram: ignored(MEMORY, whole()),
    vram64: ignored(MEMORY, whole()),
    ram: ignored(MEMORY, whole()),
    vgamem: ignored(MEMORY, whole()),
    heads: same('one screen', '1'),
    primary: same('the first card is the primary one', 'yes'),
  },
  children: {
    acceleration: one({
      attributes: { accel3d: same('3D is not accelerated', 'no'), accel2d: ignored('2D is not accelerated', yesNo) },
    }),
    resolution: one({ attributes: { x: ignored(SIZE, whole(1)), y: ignored(SIZE, whole(1)) } }),
  },
};

const table: ElementTable<Video> = { children: { model: one(model), alias, address: placement('pci') } };

const none: ElementTable<unknown> = {
  children: { model: one({ attributes: { type: same('no graphics card', 'none') } }) },
};

const listed = items<DomainDraft, Video>({
  at: 'spec.video',
  list: ({ spec }) => {
    spec.video ??= [];
    return spec.video as Video[];
  },
  make: (_, { spec }) => ({ name: `video${spec.video?.length ?? 0}` }),
  name: ({ name }) => name,
  table: () => table,
  writes: () => table,
});

const isNone = (node: XmlElement): boolean => childAttribute(node, 'model', 'type') === 'none';

export const video: Child<DomainDraft> = {
  ...listed,
  read: (node, draft, reading) => {
    if (!isNone(node)) return listed.read(node, draft, reading);
    draft.spec.video ??= [];
    return readElement(node, none, draft, reading);
  },
};
