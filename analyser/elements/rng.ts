import { alias, items, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, same, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { wordOf } from '../values/words.ts';
import { attributeOf, childOf, type XmlElement } from '../xml/infoset.ts';
import { placement } from './address.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';

type Rng = ItemDraft<'rng'>;
const rng = fieldOf<Rng>();

const backends = {
  random: {
    attributes: { model: selector('random', 'spec.source') },
    text: rng('source', wordOf('/dev/urandom', '/dev/random', '/dev/hwrng'), { field: 'spec.source' }),
  },
  builtin: { attributes: { model: selector('builtin', 'spec.source') } },
} satisfies Record<string, ElementTable<Rng>>;

const backend: Child<Rng> = {
  repeated: false,
  read: (node, item, reading) => {
    if (attributeOf(node, 'model') === 'builtin') item.source = 'Builtin';
    return readElement(node, byAttribute<Choice<Rng>>('model', backends)(node), item, reading);
  },
  write: (name, item) => one(item.source === 'Builtin' ? backends.builtin : backends.random).write(name, item),
};

/** Requests a second, unless a period in milliseconds says otherwise; ours are always a second. */
const rate: ElementTable<Rng> = {
  attributes: {
    bytes: rng('maxBytesPerSecond', whole(1), { field: 'spec.maxBytesPerSecond' }),
    period: same('one second', '1000'),
  },
};

const table: ElementTable<Rng> = {
  attributes: { model: selector('virtio', 'spec') },
  children: { rate: one(rate), backend, alias, address: placement('pci') },
};

const isEmptyPath = (node: XmlElement): boolean => childOf(node, 'backend') === undefined;

export const rngs = items<DomainDraft, Rng>({
  at: 'spec.rng',
  list: ({ spec }) => {
    spec.rng ??= [];
    return spec.rng as Rng[];
  },
  make: (_, { spec }) => ({ name: `rng${spec.rng?.length ?? 0}` }),
  name: ({ name }) => name,
  table: (node) => (isEmptyPath(node) ? { whole: { outcome: 'refused', reason: '<backend> is missing' } } : table),
  writes: () => table,
});
