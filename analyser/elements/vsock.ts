import { alias, beginning, chosen, one } from '../table/children.ts';
import { fieldOf, same } from '../table/rule.ts';
import { within } from '../table/scoped.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { attributeOf } from '../xml/infoset.ts';
import { place } from './address.ts';
import type { DomainDraft, SpecDraft } from './draft.ts';
import { virtioModels, virtioRules } from './virtio.ts';

type Vsock = NonNullable<SpecDraft['vsock']>;
const socket = fieldOf<Vsock>();

const fixed: ElementTable<Vsock> = {
  attributes: {
    auto: same('the identifier is given', 'no'),
    address: socket('cid', whole(3, 0xfffffffe), { field: 'spec.vsock.cid' }),
  },
};

const automatic: ElementTable<Vsock> = {
  attributes: {
    auto: same('an identifier is chosen', 'yes'),
    address: { outcome: 'ignored', reason: 'an identifier is chosen', runtime: true, accepts: undefined },
  },
};

const table: ElementTable<Vsock> = {
  attributes: { model: socket('model', virtioModels, { field: 'spec.vsock.model' }) },
  children: {
    cid: chosen(
      (node) => (attributeOf(node, 'auto') === 'yes' ? automatic : fixed),
      () => fixed,
    ),
    driver: one({ attributes: virtioRules<Vsock>('virtio') }),
    alias,
    address: place<Vsock>('address', 'pci'),
  },
};

const vsockOf = ({ spec }: DomainDraft): Vsock => {
  spec.vsock ??= {};
  return spec.vsock;
};

const always: ElementTable<Vsock> = table;

export const vsock = beginning(
  (draft: DomainDraft) => {
    vsockOf(draft);
  },
  {
    repeated: false,
    read: (node, draft, reading) => within(vsockOf, one(always)).read(node, draft, reading),
    write: (name, { spec }) => (spec.vsock ? one(always).write(name, { model: 'virtio', ...spec.vsock }) : []),
  },
);
