import { aside, chosen, one } from '../table/children.ts';
import { ignored, refused, same } from '../table/rule.ts';
import type { Child, Choice, ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { cpuSet } from '../values/texts.ts';
import { yesNo } from '../values/words.ts';
import { attributeOf, childOf, textOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

const attributes = {
  current: machine('libvirt.vcpusAtStart', whole(1), { field: 'spec.cpu.vcpus' }),
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
      ...((isPinned(node) || isAutomatic(node)) && {
        cpuset: ignored('each virtual CPU is pinned by itself', cpuSet),
      }),
    },
  }),
  () => table,
);

export const vcpu: Child<DomainDraft> = {
  ...element,
  read: (node, draft, reading) => {
    const cpuset = attributeOf(node, 'cpuset');
    const set = cpuset === undefined ? undefined : cpuSet.read(cpuset);
    if (set && 'value' in set && !isAutomatic(node)) draft.libvirt.cpuset = set.value;
    if (isAutomatic(node)) draft.libvirt.automatic = true;
    return element.read(node, draft, reading);
  },
};

/** Whether a virtual CPU is there at the start as `<vcpu current>` says: the first ones are. */
function asCounted(node: XmlElement): boolean {
  const count = node.parent?.parent && childOf(node.parent.parent, 'vcpu');
  const now = Number((count && (attributeOf(count, 'current') ?? textOf(count))) ?? 0);
  return attributeOf(node, 'enabled') === (Number(attributeOf(node, 'id')) < now ? 'yes' : 'no');
}

const COUNTED = 'the first virtual CPUs are there at the start';

const single = (node: XmlElement): Choice<DomainDraft> =>
  asCounted(node)
    ? {
        attributes: {
          id: ignored(COUNTED, whole()),
          enabled: ignored(COUNTED, yesNo),
          hotpluggable: ignored('which of them could leave while the machine runs', yesNo),
          order: ignored('in which order they came', whole(1)),
        },
      }
    : { whole: refused('only the first virtual CPUs can be there at the start') };

export const vcpus = one<DomainDraft>({ children: { vcpu: aside<DomainDraft>(single) } });
