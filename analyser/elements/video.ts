import { alias, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, ignored, same } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath } from '../values/texts.ts';
import { onOff, wordOf, words, yesNo } from '../values/words.ts';
import { childAttribute, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';
import { virtioRules } from './virtio.ts';

type Video = ItemDraft<'video'>;
const card = fieldOf<Video>();

const model: ElementTable<Video> = {
  attributes: {
    type: card('model', wordOf('vga', 'virtio', 'qxl', 'cirrus', 'bochs', 'ramfb', 'vmvga'), { field: 'spec.model' }),
    vram: card('vramKib', whole(), { field: 'spec.vramKib' }),
    vram64: card('vram64Kib', whole(), { field: 'spec.vram64Kib' }),
    ram: card('ramKib', whole(), { field: 'spec.ramKib' }),
    vgamem: card('vgaMemKib', whole(), { field: 'spec.vgaMemKib' }),
    heads: card('heads', whole(1, 64), { field: 'spec.heads' }),
    blob: card('blob', onOff, { field: 'spec.blob' }),
    edid: card('edid', onOff, { field: 'spec.edid' }),
    primary: same('the first card is the primary one', 'yes', 'no'),
  },
  children: {
    acceleration: one({
      attributes: {
        accel3d: card('accel3d', yesNo, { field: 'spec.accel3d' }),
        accel2d: ignored('qemu has no 2D acceleration', yesNo),
        rendernode: card('renderNode', hostPath, { field: 'spec.renderNode' }),
      },
    }),
    resolution: one({
      attributes: {
        x: card('resolution.x', whole(1, 65535), { field: 'spec.resolution.x' }),
        y: card('resolution.y', whole(1, 65535), { field: 'spec.resolution.y' }),
      },
    }),
  },
};

const driver: ElementTable<Video> = {
  attributes: {
    name: card('backend', words({ qemu: 'qemu', vhostuser: 'vhostUser' }), { field: 'spec.backend' }),
    vgaconf: card('vgaConfiguration', wordOf('io', 'on', 'off'), { field: 'spec.vgaConfiguration' }),
    ...virtioRules<Video>('virtio'),
  },
};

const table: ElementTable<Video> = {
  children: { model: one(model), driver: one(driver), alias, address: place<Video>('address', 'pci') },
};

const none: ElementTable<unknown> = {
  children: { model: one({ attributes: { type: same('no graphics card', 'none') } }), alias },
};

const listed = deviceList('video', { prefix: 'video', table: () => table, writes: () => table });

const isNone = (node: XmlElement): boolean => childAttribute(node, 'model', 'type') === 'none';

export const video: Child<DomainDraft> = {
  ...listed,
  read: (node, draft, reading) => {
    if (!isNone(node)) return listed.read(node, draft, reading);
    draft.spec.video ??= [];
    return readElement(node, none, draft, reading);
  },
};
