import { items, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, refused } from '../table/rule.ts';
import type { Child, Choice, ElementTable } from '../table/table.ts';
import { tree } from '../table/tree.ts';
import { bytesOf, memoryUnit, whole } from '../values/numbers.ts';
import { cpuSet } from '../values/texts.ts';
import { presence, wordOf, words } from '../values/words.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine, type PageDraft } from './draft.ts';

const KIB = 1024n;
const SIZES = [4n * KIB, 2048n * KIB, 1024n * 1024n * KIB];

const asPages = { field: 'spec.memory.hugepages.pageSize', canonical: true } as const;

const page = fieldOf<PageDraft>();

function choose(node: XmlElement): Choice<PageDraft> {
  const size = whole(1).read(attributeOf(node, 'size') ?? '');
  const bytes = 'value' in size ? bytesOf(size.value, attributeOf(node, 'unit')) : 0n;
  if (!SIZES.includes(bytes))
    return { whole: refused('pages of this size are not supported; known: 4 KiB, 2048 KiB, 1048576 KiB') };
  return pageTable;
}

const pageTable: ElementTable<PageDraft> = {
  attributes: {
    size: page('amount', whole(1), asPages),
    unit: page('unit', memoryUnit, asPages),
    nodeset: page('cells', cpuSet, { field: 'spec.memory.hugepages.cells' }),
  },
};

const hugepagesTable: ElementTable<DomainDraft> = {
  present: machine('libvirt.hugepages.used', presence, { field: 'spec.memory.hugepages' }),
  children: {
    page: items<DomainDraft, PageDraft>({
      at: 'spec.memory.hugepages',
      list: ({ pages }) => pages,
      make: () => ({}),
      name: ({ cells }) => cells ?? 'all',
      table: choose,
      writes: () => pageTable,
    }),
  },
};

const hugepages: Child<DomainDraft> = {
  repeated: false,
  read: (node, draft, reading) => {
    draft.libvirt.hugepages = { used: true };
    return readElement(node, hugepagesTable, draft, reading);
  },
  write: (name, draft) => {
    if (!draft.libvirt.hugepages) return [];
    const pages = hugepagesTable.children?.['page']?.write('page', draft) ?? [];
    return [tree(name, {}, pages)];
  },
};

const table: ElementTable<DomainDraft> = {
  children: {
    hugepages,
    nosharepages: one({ present: machine('spec.memory.backing.merge', words({ '': false })) }),
    locked: one({ present: machine('spec.memory.backing.locked', presence) }),
    source: one({
      attributes: {
        type: machine('spec.memory.backing.source', words({ anonymous: 'Anonymous', memfd: 'Memfd', file: 'File' })),
      },
    }),
    access: one({
      attributes: { mode: machine('spec.memory.backing.shared', words({ shared: true, private: false })) },
    }),
    allocation: one({
      attributes: {
        mode: machine('spec.memory.backing.allocation', words({ immediate: 'Immediate', ondemand: 'OnDemand' })),
        threads: machine('spec.memory.backing.allocationThreads', whole(1, 1024)),
      },
    }),
    discard: one({ present: machine('spec.memory.backing.discard', presence) }),
  },
};

export const memoryBacking = one(table);

/** Words of libvirt's for how other processes see memory. */
export const access = wordOf('shared', 'private');
