import { chosen, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { ignored, refused } from '../table/rule.ts';
import type { Child, Choice, ElementTable } from '../table/table.ts';
import { tree } from '../table/tree.ts';
import { bytesOf, memoryUnit, whole } from '../values/numbers.ts';
import { presence, wordOf, words } from '../values/words.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

const MIB = 1024n * 1024n;
const SIZES = [2n * MIB, 1024n * MIB];

const ON_DEMAND = 'memory is taken as the guest uses it';

const asPages = { field: 'spec.memory.hugepages.pageSize', canonical: true } as const;

function page(node: XmlElement): Choice<DomainDraft> {
  const size = whole(1).read(attributeOf(node, 'size') ?? '');
  const bytes = 'value' in size ? bytesOf(size.value, attributeOf(node, 'unit')) : 0n;
  if (!SIZES.includes(bytes))
    return { whole: refused('pages of this size are not supported; known: 2048 KiB, 1048576 KiB') };
  return pageTable;
}

const pageTable: ElementTable<DomainDraft> = {
  attributes: {
    size: machine('libvirt.hugepages.amount', whole(1), asPages),
    unit: machine('libvirt.hugepages.unit', memoryUnit, asPages),
  },
};

const hugepagesTable: ElementTable<DomainDraft> = {
  present: machine('libvirt.hugepages.used', presence, { field: 'spec.memory.hugepages' }),
  children: { page: chosen(page, () => pageTable) },
};

const hugepages: Child<DomainDraft> = {
  repeated: false,
  read: (node, draft, reading) => {
    draft.libvirt.hugepages = { used: true };
    return readElement(node, hugepagesTable, draft, reading);
  },
  write: (name, { libvirt: { hugepages } }) => {
    if (!hugepages) return [];
    const { amount, unit } = hugepages;
    return [tree(name, {}, amount === undefined ? [] : [tree('page', { size: String(amount), unit })])];
  },
};

const table: ElementTable<DomainDraft> = {
  children: {
    hugepages,
    locked: one({ present: machine('spec.memory.backing.locked', presence) }),
    nosharepages: one({
      present: ignored('merging of equal pages is the node administrator’s to decide'),
    }),
    allocation: one({
      attributes: { mode: ignored(ON_DEMAND, wordOf('immediate', 'ondemand')), threads: ignored(ON_DEMAND, whole(1)) },
    }),
    access: one({
      attributes: { mode: machine('spec.memory.backing.shared', words({ shared: true, private: false })) },
    }),
    source: one({
      attributes: {
        type: machine('spec.memory.backing.source', words({ anonymous: 'Anonymous', memfd: 'Memfd', file: 'File' })),
      },
    }),
  },
};

export const memoryBacking = one(table);
