import { items, one } from '../table/children.ts';
import { fieldOf } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { memoryUnit, whole } from '../values/numbers.ts';
import { cpuSet } from '../values/texts.ts';
import type { DomainDraft, NumaDraft } from './draft.ts';

const cell = fieldOf<NumaDraft>();

const asMemory = { field: 'spec.memory', canonical: true } as const;

const table: ElementTable<NumaDraft> = {
  attributes: {
    id: cell('id', whole(), { field: 'spec.name' }),
    cpus: cell('cpus', cpuSet, { field: 'spec.cpus' }),
    memory: cell('memory.amount', whole(1), asMemory),
    unit: cell('memory.unit', memoryUnit, asMemory),
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

export const numa = one<DomainDraft>({ children: { cell: cells } });
