import { chosen, one } from '../table/children.ts';
import { ignored, refused } from '../table/rule.ts';
import type { Choice, ElementTable } from '../table/table.ts';
import { cpuSet } from '../values/texts.ts';
import { words } from '../values/words.ts';
import { attributeOf, childOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

const table: ElementTable<DomainDraft> = {
  attributes: {
    mode: machine('libvirt.nodeMode', words({ strict: 'strict' }), { field: 'spec.numa[*].hostNodes' }),
    nodeset: machine('libvirt.nodeset', cpuSet, { field: 'spec.numa[*].hostNodes' }),
  },
};

const hasCells = (domain: XmlElement | undefined): boolean => {
  const cpu = domain && childOf(domain, 'cpu');
  return cpu !== undefined && childOf(cpu, 'numa') !== undefined;
};

function memory(node: XmlElement): Choice<DomainDraft> {
  if (attributeOf(node, 'placement') === 'auto')
    return { whole: ignored('numad is not asked; the host places the memory') };
  if (!hasCells(node.parent?.parent)) {
    return { whole: refused('memory is bound to nodes of the host through the cells of <cpu><numa>; there are none') };
  }
  return table;
}

export const numatune = one<DomainDraft>({ children: { memory: chosen(memory, () => table) } });
