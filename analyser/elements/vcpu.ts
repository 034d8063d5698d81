import { chosen } from '../table/children.ts';
import { ignored, same } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { cpuSet } from '../values/texts.ts';
import { attributeOf, childOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

const attributes = {
  current: machine('libvirt.vcpusAtStart', whole(1), { field: 'spec.cpu.maxVcpus' }),
  placement: same('the host places virtual CPUs', 'static'),
  cpuset: machine('libvirt.cpuset', cpuSet, { field: 'spec.cpu.pinning' }),
};

const table: ElementTable<DomainDraft> = {
  attributes,
  text: machine('libvirt.vcpus', whole(1), { field: 'spec.cpu.sockets' }),
};

const isAutomatic = (node: XmlElement): boolean => attributeOf(node, 'placement') === 'auto';

/** Where single virtual CPUs are pinned, the set is for the others, and their pinning says it. */
const isPinned = (node: XmlElement): boolean => {
  const cputune = node.parent && childOf(node.parent, 'cputune');
  return cputune !== undefined && childOf(cputune, 'vcpupin') !== undefined;
};

const element = chosen<DomainDraft>(
  (node) => ({
    ...table,
    attributes: {
      ...attributes,
      ...(isAutomatic(node) && { placement: ignored('numad is not asked; the host places virtual CPUs') }),
      ...(isPinned(node) && { cpuset: ignored('each virtual CPU is pinned by itself', cpuSet) }),
    },
  }),
  () => table,
);

export const vcpu: Child<DomainDraft> = {
  ...element,
  read: (node, draft, reading) => {
    const cpuset = attributeOf(node, 'cpuset');
    if (cpuset !== undefined && !isAutomatic(node)) draft.libvirt.cpuset = cpuset;
    return element.read(node, draft, reading);
  },
};
