import { field, type Imported } from '../table/rule.ts';
import { onOff, wordOf } from '../values/words.ts';

const OPTIONS = { iommu: 'iommu', ats: 'ats', packed: 'packed', page_per_vq: 'pagePerVq' } as const;

/** Attributes of `<driver>` that every virtio device has. @param path of the options in the scope */
export const virtioRules = <S extends object>(
  path: 'virtio' | 'spec.virtio',
): Record<keyof typeof OPTIONS, Imported<S>> =>
  Object.fromEntries(
    Object.entries(OPTIONS).map(([attribute, member]) => [
      attribute,
      field<S, boolean>(`${path}.${member}` as never, onOff, { field: `spec.virtio.${member}` }),
    ]),
  ) as Record<keyof typeof OPTIONS, Imported<S>>;

/** Generations of virtio that a device speaks. */
export const virtioModels = wordOf('virtio', 'virtio-transitional', 'virtio-non-transitional');
