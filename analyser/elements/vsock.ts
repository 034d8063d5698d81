import { alias, beginning, chosen, one } from '../table/children.ts';
import { same, selector } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { attributeOf } from '../xml/infoset.ts';
import { placement } from './address.ts';
import { type DomainDraft, machine } from './draft.ts';

const fixed: ElementTable<DomainDraft> = {
  attributes: { auto: same('the identifier is given', 'no'), address: machine('spec.vsock.cid', whole(3, 0xfffffffe)) },
};

const automatic: ElementTable<DomainDraft> = { attributes: { auto: same('an identifier is chosen', 'yes') } };

const table: ElementTable<DomainDraft> = {
  attributes: { model: selector('virtio', 'spec.vsock') },
  children: {
    cid: chosen(
      (node) => (attributeOf(node, 'auto') === 'yes' ? automatic : fixed),
      () => fixed,
    ),
    alias,
    address: placement('pci'),
  },
};

export const vsock = beginning(
  ({ spec }: DomainDraft) => {
    spec.vsock ??= {};
  },
  one(table, ({ spec }) => spec.vsock !== undefined),
);
