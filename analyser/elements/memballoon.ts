import { alias, one } from '../table/children.ts';
import type { Codec } from '../table/codec.ts';
import { type Imported, ignored } from '../table/rule.ts';
import { within } from '../table/scoped.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { onOff } from '../values/words.ts';
import { place } from './address.ts';
import { type DomainDraft, machine, type SpecDraft } from './draft.ts';
import { virtioModels, virtioRules } from './virtio.ts';

type Balloon = NonNullable<SpecDraft['balloon']>;

/** One word says whether there is a balloon, and which generations of virtio it speaks. */
const model: Imported<DomainDraft> = {
  outcome: 'imported',
  field: 'spec.balloon.model',
  canonical: false,
  take: (draft, word) => {
    draft.spec.balloon ??= {};
    if (word === 'none') {
      draft.spec.balloon.enabled = false;
      return undefined;
    }
    const read = virtioModels.read(word);
    if ('fault' in read) return `${read.fault}, none`;
    if (read.value !== 'virtio') draft.spec.balloon.model = read.value;
    return undefined;
  },
  give: ({ spec }) => (spec.balloon?.enabled === false ? 'none' : (spec.balloon?.model ?? 'virtio')),
  same: (one_, other) => one_ === other,
};

const balloonOf = ({ spec }: DomainDraft): Balloon => {
  spec.balloon ??= {};
  return spec.balloon;
};

const flag = (member: 'deflateOnOom' | 'freePageReporting', codec: Codec<boolean>) =>
  machine(`spec.balloon.${member}`, codec);

const table: ElementTable<DomainDraft> = {
  attributes: {
    model,
    autodeflate: flag('deflateOnOom', onOff),
    freePageReporting: flag('freePageReporting', onOff),
  },
  children: {
    stats: one({ attributes: { period: ignored('the executor asks for the figures when it needs them', whole()) } }),
    driver: within(balloonOf, one<Balloon>({ attributes: virtioRules<Balloon>('virtio') })),
    alias,
    address: within(balloonOf, place<Balloon>('address', 'pci')),
  },
};

export const memballoon = one(table);
