import { alias, beginning, one } from '../table/children.ts';
import { fieldOf } from '../table/rule.ts';
import { within } from '../table/scoped.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { onOff, wordOf } from '../values/words.ts';
import { place } from './address.ts';
import type { DomainDraft, SpecDraft } from './draft.ts';

type Iommu = NonNullable<SpecDraft['iommu']>;
const iommuRule = fieldOf<Iommu>();
const flag = (member: keyof Iommu & string) => iommuRule(member as never, onOff, { field: `spec.iommu.${member}` });

const table: ElementTable<Iommu> = {
  attributes: { model: iommuRule('model', wordOf('intel', 'virtio', 'amd', 'smmuv3'), { field: 'spec.iommu.model' }) },
  children: {
    driver: one({
      attributes: {
        intremap: flag('interruptRemapping'),
        caching_mode: flag('cachingMode'),
        eim: flag('extendedInterruptMode'),
        iotlb: flag('deviceIotlb'),
        aw_bits: iommuRule('addressWidthBits', whole(32, 64), { field: 'spec.iommu.addressWidthBits' }),
        dma_translation: flag('dmaTranslation'),
        passthrough: flag('passthrough'),
        xtsup: flag('xtSupport'),
      },
    }),
    alias,
    address: place<Iommu>('address', 'pci'),
  },
};

const iommuOf = ({ spec }: DomainDraft): Iommu => {
  spec.iommu ??= {} as Iommu;
  return spec.iommu;
};

const child: Child<DomainDraft> = {
  ...within(iommuOf, one(table)),
  write: (name, { spec }) => (spec.iommu ? one(table).write(name, spec.iommu) : []),
};

export const iommu = beginning((draft: DomainDraft) => {
  iommuOf(draft);
}, child);
