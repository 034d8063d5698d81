import { alias, one } from '../table/children.ts';
import { ignored } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { onOff, words } from '../values/words.ts';
import { placement } from './address.ts';
import { type DomainDraft, machine } from './draft.ts';

const table: ElementTable<DomainDraft> = {
  attributes: {
    model: machine('spec.balloon.enabled', words({ virtio: true, none: false })),
    autodeflate: machine('spec.balloon.deflateOnOom', onOff),
    freePageReporting: machine('spec.balloon.freePageReporting', onOff),
  },
  children: {
    stats: one({ attributes: { period: ignored('the executor asks for the figures when it needs them', whole()) } }),
    alias,
    address: placement('pci'),
  },
};

export const memballoon = one(table);
