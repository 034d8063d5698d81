import { items, one } from '../table/children.ts';
import { fieldOf, ignored } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { cpuSet } from '../values/texts.ts';
import type { DomainDraft, SpecDraft } from './draft.ts';

type Pin = NonNullable<NonNullable<SpecDraft['cpu']>['pinning']>[number];

const pin = fieldOf<Pin>();

const table: ElementTable<Pin> = {
  attributes: {
    vcpu: pin('vcpu', whole(), { field: 'spec.vcpu' }),
    cpuset: pin('cpuset', cpuSet, { field: 'spec.cpuset' }),
  },
};

const pinning = items<DomainDraft, Pin>({
  at: 'spec.cpu.pinning',
  list: ({ spec }) => {
    spec.cpu ??= {};
    spec.cpu.pinning ??= [];
    return spec.cpu.pinning;
  },
  make: () => ({ vcpu: -1, cpuset: '' }),
  name: ({ vcpu }) => String(vcpu),
  table: () => table,
  writes: () => table,
});

export const cputune = one<DomainDraft>({
  children: {
    vcpupin: pinning,
    shares: one({
      text: ignored('weights between machines are the node’s to give; this one has the usual weight', whole()),
    }),
    emulatorpin: one({
      attributes: {
        cpuset: ignored('only virtual CPUs are pinned; qemu’s other threads run where the host puts them', cpuSet),
      },
    }),
  },
});
