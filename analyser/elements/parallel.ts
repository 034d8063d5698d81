import { alias, one } from '../table/children.ts';
import { ignored } from '../table/rule.ts';
import { byAttribute, type Choice } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { wordOf } from '../values/words.ts';
import { attributeOf } from '../xml/infoset.ts';
import { place } from './address.ts';
import { characterTables, emptyBackend, extended, typeOfBackend } from './character.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';

type Parallel = ItemDraft<'parallels'>;

const ORDER = 'ports are numbered in their order';

const backends = characterTables<Parallel>('backend');

const tables = extended<Parallel>(backends, ({ attributes, children }) => ({
  attributes,
  children: {
    ...children,
    target: one({ attributes: { type: ignored(ORDER, wordOf('parallel')), port: ignored(ORDER, whole(0, 3)) } }),
    alias,
    address: place<Parallel>('address', 'isa'),
  },
}));

export const parallels = deviceList('parallels', {
  prefix: 'parallel',
  make: (node) => {
    const backend = emptyBackend(attributeOf(node, 'type')) as Parallel['backend'];
    return backend ? { backend } : {};
  },
  table: byAttribute<Choice<Parallel>>('type', tables),
  writes: ({ backend }) => tables[typeOfBackend(backend) ?? 'null'],
});
