import { alias, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { writeElement } from '../table/write.ts';
import { whole } from '../values/numbers.ts';
import { wordOf, yesNo } from '../values/words.ts';
import { place } from './address.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';
import { virtioRules } from './virtio.ts';

type Sound = ItemDraft<'sound'>;
const sound = fieldOf<Sound>();

interface Codec {
  type?: 'duplex' | 'micro' | 'output';
}

const codec: ElementTable<Codec> = {
  attributes: { type: fieldOf<Codec>()('type', wordOf('duplex', 'micro', 'output'), { field: 'spec.codecs' }) },
};

/** An element for each name of a list. */
const codecs: Child<Sound> = {
  repeated: true,
  read: (node, scope, reading) => {
    const item: Codec = {};
    const seen = readElement(node, codec, item, reading);
    scope.codecs = [...(scope.codecs ?? []), item.type ?? 'duplex'];
    seen.item = String(scope.codecs.length - 1);
    return seen;
  },
  write: (name, { codecs: said = [] }) =>
    said.flatMap((type, index) => writeElement(name, codec, { type }, String(index))),
};

const table: ElementTable<Sound> = {
  attributes: {
    model: sound('model', wordOf('ich9', 'ich6', 'ac97', 'usb', 'es1370', 'sb16', 'pcspk', 'virtio'), {
      field: 'spec.model',
    }),
    multichannel: sound('multichannel', yesNo, { field: 'spec.multichannel' }),
    streams: sound('streams', whole(1, 64), { field: 'spec.streams' }),
  },
  children: {
    codec: codecs,
    audio: one({ attributes: { id: sound('audio', whole(1, 0xffff), { field: 'spec.audio' }) } }),
    driver: one({ attributes: virtioRules<Sound>('virtio') }),
    alias,
    address: place<Sound>('address', 'pci', 'usb', 'isa'),
  },
};

export const sounds = deviceList('sound', { prefix: 'sound', table: () => table, writes: () => table });
