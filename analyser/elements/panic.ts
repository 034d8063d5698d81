import { alias, beginning, one } from '../table/children.ts';
import { within } from '../table/scoped.ts';
import type { ElementTable } from '../table/table.ts';
import { words } from '../values/words.ts';
import { place } from './address.ts';
import { type DomainDraft, machine, type SpecDraft } from './draft.ts';

type Panic = NonNullable<SpecDraft['panic']>;

const panicOf = ({ spec }: DomainDraft): Panic => {
  spec.panic ??= {};
  return spec.panic;
};

const table: ElementTable<DomainDraft> = {
  attributes: { model: machine('spec.panic.model', words({ isa: 'isa', pvpanic: 'pci', hyperv: 'hyperv' })) },
  children: { alias, address: within(panicOf, place<Panic>('address', 'isa', 'pci')) },
};

export const panic = beginning(
  (draft: DomainDraft) => {
    panicOf(draft);
  },
  one(table, ({ spec }) => spec.panic !== undefined && spec.panic.enabled !== false),
);
