import { alias, beginning, one } from '../table/children.ts';
import type { ElementTable } from '../table/table.ts';
import { words } from '../values/words.ts';
import { placement } from './address.ts';
import { type DomainDraft, machine } from './draft.ts';

const table: ElementTable<DomainDraft> = {
  attributes: { model: machine('spec.panic.model', words({ isa: 'isa', pvpanic: 'pci', hyperv: 'hyperv' })) },
  children: { alias, address: placement('isa', 'pci') },
};

export const panic = beginning(
  ({ spec }: DomainDraft) => {
    spec.panic ??= {};
  },
  one(table, ({ spec }) => spec.panic !== undefined && spec.panic.enabled !== false),
);
