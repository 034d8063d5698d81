import { alias, items, one } from '../table/children.ts';
import { fieldOf, runtime } from '../table/rule.ts';
import { where } from '../table/scoped.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { cpuSet, hostPath, matching, uuid } from '../values/texts.ts';
import { presence, wordOf, words, yesNo } from '../values/words.ts';
import { place } from './address.ts';
import { amount } from './amount.ts';
import type { DomainDraft, MemoryDeviceDraft } from './draft.ts';

const device = fieldOf<MemoryDeviceDraft>();

const number = matching(/^0x[0-9a-f]{1,16}$/, 'address such as 0x100000000');

const size = (name: 'size' | 'blockSize' | 'requested' | 'alignment' | 'labelSize', least = 0) =>
  amount<MemoryDeviceDraft>(name, `spec.${name}`, least);

/** Page sizes are said in KiB. */
const pagesize: Child<MemoryDeviceDraft> = one({
  attributes: {
    unit: {
      outcome: 'imported',
      field: 'spec.pageSize',
      canonical: false,
      take: (_, text) => (text === 'KiB' ? undefined : 'is not supported; known: KiB'),
      give: (item) => (item.pageSize === undefined ? undefined : 'KiB'),
      same: (one, other) => one === other,
    },
  },
  text: device('pageSize', words({ '2048': '2Mi' as const, '1048576': '1Gi' as const }), { field: 'spec.pageSize' }),
});

const dimm: Child<MemoryDeviceDraft> = where(
  ({ slot, base }) => slot !== undefined || base !== undefined,
  one({
    attributes: {
      type: {
        ...device('model', wordOf('dimm')),
        take: (_, text) => (text === 'dimm' ? undefined : 'must be dimm'),
        give: () => 'dimm',
      },
      slot: device('slot', whole(0, 255), { field: 'spec.slot' }),
      base: device('base', number, { field: 'spec.base' }),
    },
  }),
);

const source = one<MemoryDeviceDraft>({
  children: {
    path: one({ text: device('path', hostPath, { field: 'spec.path' }) }),
    alignsize: size('alignment', 1),
    pmem: one({ present: device('persistent', presence, { field: 'spec.persistent' }) }),
    pagesize,
    nodemask: one({ text: device('hostNodes', cpuSet, { field: 'spec.hostNodes' }) }),
  },
});

const address = one<MemoryDeviceDraft>({ attributes: { base: device('base', number, { field: 'spec.base' }) } });

const target = one<MemoryDeviceDraft>({
  attributes: { dynamicMemslots: device('dynamicSlots', yesNo, { field: 'spec.dynamicSlots' }) },
  children: {
    size: size('size', 1),
    node: one({ text: device('cell', whole(0, 255), { field: 'spec.cell' }) }),
    label: where(({ labelSize }) => labelSize !== undefined, one({ children: { size: size('labelSize', 1) } })),
    block: size('blockSize', 1),
    requested: size('requested'),
    current: one({
      attributes: { unit: runtime('how much a running guest has') },
      text: runtime('how much a running guest has'),
    }),
    readonly: one({ present: device('readOnly', presence, { field: 'spec.readOnly' }) }),
    address: where(({ model, base }) => (model?.startsWith('virtio') ?? false) && base !== undefined, address),
  },
});

const table = (slotted: boolean): ElementTable<MemoryDeviceDraft> => ({
  attributes: {
    model: device('model', wordOf('dimm', 'nvdimm', 'virtio-mem', 'virtio-pmem'), { field: 'spec.model' }),
    access: device('shared', words({ shared: true, private: false }), { field: 'spec.shared' }),
    discard: device('discard', yesNo, { field: 'spec.discard' }),
  },
  children: {
    uuid: one({ text: device('uuid', uuid, { field: 'spec.uuid' }) }),
    source,
    target,
    alias,
    address: slotted ? dimm : place('address', 'pci'),
  },
});

const tables = {
  dimm: table(true),
  nvdimm: table(true),
  'virtio-mem': table(false),
  'virtio-pmem': table(false),
} satisfies Record<NonNullable<MemoryDeviceDraft['model']>, Choice<MemoryDeviceDraft>>;

/** `<memory model=…>`, as https://libvirt.org/formatdomain.html#memory-devices describes it. */
export const memoryDevices = items<DomainDraft, MemoryDeviceDraft>({
  at: 'spec.memory.devices',
  list: (draft) => draft.memoryDevices,
  make: (_, { memoryDevices: list }) => ({ name: `memory${list.length}` }),
  name: ({ name }) => name,
  table: byAttribute<Choice<MemoryDeviceDraft>>('model', tables),
  writes: ({ model = 'dimm' }) => tables[model],
});
