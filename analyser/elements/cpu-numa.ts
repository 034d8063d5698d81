import { items, one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf } from '../table/rule.ts';
import { where } from '../table/scoped.ts';
import type { ElementTable } from '../table/table.ts';
import { memoryUnit, whole } from '../values/numbers.ts';
import { cpuSet } from '../values/texts.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import { amountTable } from './amount.ts';
import type { DomainDraft, LinkDraft, NumaDraft } from './draft.ts';

const cell = fieldOf<NumaDraft>();

const asMemory = { field: 'spec.memory', canonical: true } as const;

type Distance = NonNullable<NumaDraft['distances']>[number];
type Cache = NonNullable<NumaDraft['caches']>[number];

const distance: ElementTable<Distance> = {
  attributes: {
    id: fieldOf<Distance>()('cell', whole(0, 255), { field: 'spec.cell' }),
    value: fieldOf<Distance>()('value', whole(10, 255), { field: 'spec.value' }),
  },
};

const distances = ordered<NumaDraft, Distance>({
  at: '.distances',
  list: (item) => item.distances,
  begin: (item) => {
    item.distances ??= [];
    return item.distances;
  },
  make: () => ({ cell: 0, value: 10 }),
  choice: () => distance,
  writes: () => distance,
});

const cache = (size?: string, line?: string): ElementTable<Cache> => ({
  attributes: {
    level: fieldOf<Cache>()('level', whole(1, 15), { field: 'spec.level' }),
    associativity: fieldOf<Cache>()('associativity', wordOf('none', 'direct', 'full'), { field: 'spec.associativity' }),
    policy: fieldOf<Cache>()('policy', wordOf('none', 'writeback', 'writethrough'), { field: 'spec.policy' }),
  },
  children: {
    size: one(amountTable<Cache>({ at: 'size', field: 'spec.size', ...(size && { unit: size }) }, 'value')),
    line: one(amountTable<Cache>({ at: 'line', field: 'spec.line', usual: 'B', ...(line && { unit: line }) }, 'value')),
  },
});

const unitOf = (node: XmlElement, child: string): string | undefined => {
  const found = node.content.find((one) => typeof one !== 'string' && one.name === child);
  return found && typeof found !== 'string' ? attributeOf(found, 'unit') : undefined;
};

const caches = ordered<NumaDraft, Cache>({
  at: '.caches',
  list: (item) => item.caches,
  begin: (item) => {
    item.caches ??= [];
    return item.caches;
  },
  make: () => ({ level: 1, size: 0, line: 0, associativity: 'none', policy: 'none' }),
  choice: (node) => cache(unitOf(node, 'size'), unitOf(node, 'line')),
  writes: () => cache(),
});

const table: ElementTable<NumaDraft> = {
  attributes: {
    id: cell('id', whole(), { field: 'spec.name' }),
    cpus: cell('cpus', cpuSet, { field: 'spec.cpus' }),
    memory: cell('memory.amount', whole(0), asMemory),
    unit: cell('memory.unit', memoryUnit, asMemory),
    memAccess: cell('shared', words({ shared: true, private: false }), { field: 'spec.shared' }),
    discard: cell('discard', yesNo, { field: 'spec.discard' }),
  },
  children: {
    distances: where((item) => item.distances !== undefined, one({ children: { sibling: distances } })),
    cache: caches,
  },
};

const cells = items<DomainDraft, NumaDraft>({
  at: 'spec.numa',
  list: (draft) => draft.cells,
  make: (_, { cells }) => ({ name: `cell${cells.length}` }),
  name: ({ name }) => name,
  table: () => table,
  writes: () => table,
});

const link = fieldOf<LinkDraft>();

const ends = {
  initiator: link('initiator', whole(0, 255), { field: 'spec.initiator' }),
  target: link('target', whole(0, 255), { field: 'spec.target' }),
  cache: link('cache', whole(1, 15), { field: 'spec.cache' }),
  type: link('type', wordOf('access', 'read', 'write'), { field: 'spec.type' }),
};

const latency: ElementTable<LinkDraft> = {
  attributes: { ...ends, value: link('latencyNanoseconds', whole(1), { field: 'spec.latencyNanoseconds' }) },
};

const bandwidth: ElementTable<LinkDraft> = {
  attributes: {
    ...ends,
    value: link('bandwidthKibibytesPerSecond', whole(1), { field: 'spec.bandwidthKibibytesPerSecond' }),
    unit: {
      outcome: 'imported',
      field: 'spec.bandwidthKibibytesPerSecond',
      canonical: false,
      take: (_, text) => (text === 'KiB' ? undefined : 'is not supported; known: KiB'),
      give: () => 'KiB',
      same: (one, other) => one === other,
    },
  },
};

const links = (kind: 'latencyNanoseconds' | 'bandwidthKibibytesPerSecond', one: ElementTable<LinkDraft>) =>
  ordered<DomainDraft, LinkDraft>({
    at: '.numaLinks',
    list: (draft) => draft.links[kind],
    begin: (draft) => draft.links[kind],
    make: () => ({}),
    choice: () => one,
    writes: () => one,
  });

export const numa = one<DomainDraft>({
  children: {
    cell: cells,
    interconnects: where(
      ({ links: found }) => Object.values(found).some((list) => list.length > 0),
      one<DomainDraft>({
        children: {
          latency: links('latencyNanoseconds', latency),
          bandwidth: links('bandwidthKibibytesPerSecond', bandwidth),
        },
      }),
    ),
  },
});
