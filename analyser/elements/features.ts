import { one } from '../table/children.ts';
import { ignored, same } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { onOff, presence, wordOf } from '../values/words.ts';
import { type DomainDraft, machine } from './draft.ts';
import { hyperv } from './features-hyperv.ts';

const ALWAYS = 'every x86 machine has it';

const always = one<DomainDraft>({ present: same(ALWAYS, '') });

const table: ElementTable<DomainDraft> = {
  children: {
    acpi: one({ present: machine('spec.machine.features.acpi', presence) }),
    apic: always,
    pae: always,
    hyperv,
    smm: one({ attributes: { state: machine('spec.machine.features.smm', onOff) } }),
    vmcoreinfo: one({ attributes: { state: machine('spec.machine.features.vmCoreInfo', onOff) } }),
    vmport: one({
      attributes: { state: ignored('VMware’s port is there or not as the machine type has it', wordOf('on', 'off')) },
    }),
  } satisfies Record<string, Child<DomainDraft>>,
};

export const features = one(table);
