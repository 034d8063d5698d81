import { chosen, items, one } from '../table/children.ts';
import { fieldOf, ignored, same } from '../table/rule.ts';
import { where } from '../table/scoped.ts';
import type { Choice, ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { cpuSet } from '../values/texts.ts';
import { words } from '../values/words.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine, type NodeDraft } from './draft.ts';

const mode = words({
  strict: 'Strict' as const,
  preferred: 'Preferred' as const,
  interleave: 'Interleave' as const,
  restrictive: 'Restrictive' as const,
});

const table: ElementTable<DomainDraft> = {
  attributes: {
    mode: machine('spec.memory.backing.hostPolicy', mode),
    nodeset: machine('spec.memory.backing.hostNodes', cpuSet),
    placement: same('the nodes are named', 'static'),
  },
};

const automatic: ElementTable<DomainDraft> = {
  attributes: {
    mode: machine('spec.memory.backing.hostPolicy', mode),
    nodeset: ignored('the node chooses when the machine starts', cpuSet),
    placement: machine('spec.memory.backing.hostPlacement', words({ auto: 'Automatic' as const })),
  },
};

/** Where no nodes are named, the placement of the virtual CPUs is that of the memory. */
const memory = (node: XmlElement): Choice<DomainDraft> =>
  attributeOf(node, 'placement') === 'auto' || attributeOf(node, 'nodeset') === undefined ? automatic : table;

const written = ({ spec }: DomainDraft): ElementTable<DomainDraft> =>
  spec.memory?.backing?.hostPlacement === undefined ? table : automatic;

const cell = fieldOf<NodeDraft>();

const cellTable: ElementTable<NodeDraft> = {
  attributes: {
    cellid: cell('cell', whole(), { field: 'spec.numa' }),
    mode: cell('hostPolicy', mode, { field: 'spec.numa[].hostPolicy' }),
    nodeset: cell('hostNodes', cpuSet, { field: 'spec.numa[].hostNodes' }),
  },
};

/** Source: https://libvirt.org/formatdomain.html#numa-node-tuning */
export const numatune = one<DomainDraft>({
  children: {
    memory: where(
      ({ spec }) => (spec.memory?.backing?.hostNodes ?? spec.memory?.backing?.hostPlacement) !== undefined,
      chosen(memory, written),
    ),
    memnode: items<DomainDraft, NodeDraft>({
      at: 'spec.numa',
      list: ({ nodes }) => nodes,
      make: () => ({}),
      name: ({ cell: number }) => String(number),
      table: () => cellTable,
      writes: () => cellTable,
    }),
  },
});
