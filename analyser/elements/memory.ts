import { chosen } from '../table/children.ts';
import { ignored, refused } from '../table/rule.ts';
import type { Choice, ElementTable } from '../table/table.ts';
import { bytesOf, memoryUnit, whole } from '../values/numbers.ts';
import { onOff } from '../values/words.ts';
import { attributeOf, childElements, childOf, textOf, type XmlElement } from '../xml/infoset.ts';
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
const NO_BALLOON = 'there is no balloon: the guest has all of the memory';

const inflated = (unit?: string): ElementTable<DomainDraft> =>
  amountTable<DomainDraft>({
    at: 'spec.memory.current',
    field: 'spec.memory.current',
    least: 1,
    ...(unit !== undefined && { unit }),
  });

function hasBalloon({ parent }: XmlElement): boolean {
  const devices = parent && childOf(parent, 'devices');
  const balloon = devices && childOf(devices, 'memballoon');
  return balloon === undefined || attributeOf(balloon, 'model') !== 'none';
}

/** All that a domain says of its memory: its cells, where it has some, count. */
function totalOf(node: XmlElement): bigint {
  const all = amount(node.parent && childOf(node.parent, 'memory'));
  const cpu = node.parent && childOf(node.parent, 'cpu');
  const numa = cpu && childOf(cpu, 'numa');
  if (!numa) return all;
  return childElements(numa).reduce((sum, cell) => {
    const size = whole().read(attributeOf(cell, 'memory') ?? '');
    return 'value' in size ? sum + bytesOf(size.value, attributeOf(cell, 'unit')) : sum;
  }, 0n);
}

/** How much of the memory the balloon leaves at the start. */
function current(node: XmlElement): Choice<DomainDraft> {
  const now = amount(node);
  const said = amount(node.parent && childOf(node.parent, 'memory'));
  // Where cells count, both elements may say the same that is not so.
  const all = now === said ? said : totalOf(node);
  if (all > 0n && now > all && !hasCells(node)) return { whole: refused('is more than <memory>') };
  const text = textOf(node);
  if (now > 0n && now < all && hasBalloon(node)) return inflated(attributeOf(node, 'unit'));
  const why = hasBalloon(node) ? EQUAL : NO_BALLOON;
  return {
    attributes: { unit: ignored(why, memoryUnit) },
    text: now === all ? { outcome: 'default', values: [text], reason: EQUAL } : ignored(why, whole()),
  };
}

/** Source: https://libvirt.org/formatdomain.html#memory-allocation */
export const currentMemory = chosen<DomainDraft>(current, ({ spec }) =>
  spec.memory?.current === undefined ? undefined : inflated(),
);
