import { chosen, one } from '../table/children.ts';
import { ignored, refused } from '../table/rule.ts';
import type { Choice, ElementTable } from '../table/table.ts';
import { bytesOf, memoryUnit, whole } from '../values/numbers.ts';
import { attributeOf, childOf, textOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

const asSize = { field: 'spec.memory.size', canonical: true } as const;

const table: ElementTable<DomainDraft> = {
  attributes: { unit: machine('libvirt.memory.unit', memoryUnit, asSize) },
  text: machine('libvirt.memory.amount', whole(1), asSize),
};

export const memory = one(table);

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
  if (all > 0n && now > all) return { whole: refused('is more than <memory>') };
  const text = textOf(node);
  return {
    attributes: { unit: ignored(now === all ? EQUAL : BALLOONED, memoryUnit) },
    text: now === all ? { outcome: 'default', values: [text], reason: EQUAL } : ignored(BALLOONED, whole()),
  };
}

export const currentMemory = chosen(current);
