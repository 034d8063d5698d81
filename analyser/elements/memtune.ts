import { one } from '../table/children.ts';
import { amount } from './amount.ts';
import type { DomainDraft } from './draft.ts';

const limit = (name: string) => amount<DomainDraft>(`spec.tuning.${name}`, `spec.tuning.${name}`);

/** Source: https://libvirt.org/formatdomain.html#memory-tuning */
export const memtune = one<DomainDraft>({
  children: {
    hard_limit: limit('memoryHardLimit'),
    soft_limit: limit('memorySoftLimit'),
    min_guarantee: limit('memoryGuarantee'),
    swap_hard_limit: limit('swapHardLimit'),
  },
});
