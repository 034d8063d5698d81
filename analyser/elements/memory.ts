import { chosen } from '../table/children.ts';
import { ignored, refused } from '../table/rule.ts';
import type { Choice, ElementTable } from '../table/table.ts';
import { bytesOf, memoryUnit, whole } from '../values/numbers.ts';
import { onOff } from '../values/words.ts';
import { attributeOf, childOf, textOf, type XmlElement } from '../xml/infoset.ts';
import { amountTable } from './amount.ts';
import { type DomainDraft, machine } from './draft.ts';

const asSize = { field: 'spec.memory.size', canonical: true } as const;

const dumpCore = machine('spec.memory.dump', onOff);

const table: ElementTable<DomainDraft> = {
  attributes: { unit: machine('libvirt.memory.unit', memoryUnit, asSize), dumpCore },
  text: machine('libvirt.memory.amount', whole(1), asSize),
};

const CELLS = 'the cells say how much there is';

const byCells: ElementTable<DomainDraft> = {
  attributes: { unit: ignored(CELLS, memoryUnit), dumpCore },
  text: ignored(CELLS, whole(1)),
};

const hasCells = ({ parent }: XmlElement): boolean => {
  const cpu = parent && childOf(parent, 'cpu');
  return cpu !== undefined && childOf(cpu, 'numa') !== undefined;
};

/** Where there are NUMA cells, libvirt takes their sum. */
export const memory = chosen<DomainDraft>(
  (node) => (hasCells(node) ? byCells : table),
  () => table,
);

const max = (unit?: string): ElementTable<DomainDraft> => {
  const { attributes, text } = amountTable<DomainDraft>({
    at: 'spec.memory.max',
    field: 'spec.memory.max',
    least: 1,
    ...(unit !== undefined && { unit }),
  });
  return {
    attributes: { ...attributes, slots: machine('spec.memory.slots', whole(0, 256)) },
    ...(text && { text }),
  };
};

export const maxMemory = chosen<DomainDraft>(
  (node) => max(attributeOf(node, 'unit')),
  ({ spec }) => (spec.memory?.max === undefined ? undefined : max()),
);

const amount = (node: XmlElement | undefined): bigint => {
  const result = node && whole().read(textOf(node));
  return node && result && 'value' in result ? bytesOf(result.value, attributeOf(node, 'unit')) : 0n;
};

const EQUAL = 'all of the memory is there at the start';
const BALLOONED = 'the machine starts with all of its memory, not with its balloon inflated';

/** How much of the memory the balloon leaves at the start. */
function current(node: XmlElement): Choice<DomainDraft> {
  const all = amount(node.parent && childOf(node.parent, 'memory'));
  const now = amount(node);
  if (all > 0n && now > all && !hasCells(node)) return { whole: refused('is more than <memory>') };
  const text = textOf(node);
  return {
    attributes: { unit: ignored(now === all ? EQUAL : BALLOONED, memoryUnit) },
    text: now === all ? { outcome: 'default', values: [text], reason: EQUAL } : ignored(BALLOONED, whole()),
  };
}

export const currentMemory = chosen(current);
