import { alias, items } from '../table/children.ts';
import { fieldOf } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { wordOf } from '../values/words.ts';
import { placement } from './address.ts';
import { soundAudio } from './audio.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';

type Sound = ItemDraft<'sound'>;

const table: ElementTable<Sound> = {
  attributes: { model: fieldOf<Sound>()('model', wordOf('ich9', 'ich6', 'ac97', 'usb'), { field: 'spec.model' }) },
  children: {
    audio: soundAudio,
    alias,
    address: placement('pci', 'usb'),
  },
};

export const sounds = items<DomainDraft, Sound>({
  at: 'spec.sound',
  list: ({ spec }) => {
    spec.sound ??= [];
    return spec.sound as Sound[];
  },
  make: (_, { spec }) => ({ name: `sound${spec.sound?.length ?? 0}` }),
  name: ({ name }) => name,
  table: () => table,
  writes: () => table,
});
