import { chosen } from '../table/children.ts';
import { ignored, same } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { attributeOf } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

const table: ElementTable<DomainDraft> = {
  attributes: {
    current: machine('libvirt.vcpusAtStart', whole(1), { field: 'spec.cpu.maxVcpus' }),
    placement: same('the host places virtual CPUs', 'static'),
  },
  text: machine('libvirt.vcpus', whole(1), { field: 'spec.cpu.sockets' }),
};

const automatic: ElementTable<DomainDraft> = {
  ...table,
  attributes: { ...table.attributes, placement: ignored('numad is not asked; the host places virtual CPUs') },
};

export const vcpu = chosen<DomainDraft>(
  (node) => (attributeOf(node, 'placement') === 'auto' ? automatic : table),
  () => table,
);
