import { aside, chosen, one } from '../table/children.ts';
import { ignored, same } from '../table/rule.ts';
import { byAttribute, type Child, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { onOff, presence, wordOf, words } from '../values/words.ts';
import { amount } from './amount.ts';
import { type DomainDraft, machine } from './draft.ts';
import { hyperv } from './features-hyperv.ts';

const ALWAYS = 'every x86 machine has it';

const always: Child<DomainDraft> = one<DomainDraft>({ present: same(ALWAYS, '') });

/** Something that is on or off; on where it only is there. */
const state = (
  path: Parameters<typeof machine>[0],
  children: Readonly<Record<string, Child<DomainDraft>>> = {},
): Child<DomainDraft> => {
  const table = { attributes: { state: machine(path, onOff) }, children };
  return chosen<DomainDraft>(
    (node) => (node.attributes.length === 0 ? { present: machine(path, presence), children } : table),
    () => table,
  );
};

const kvmTable: ElementTable<DomainDraft> = {
  children: {
    hidden: state('spec.machine.features.kvm.hidden'),
    'hint-dedicated': state('spec.machine.features.kvm.hintDedicated'),
    'poll-control': state('spec.machine.features.kvm.pollControl'),
    'pv-ipi': state('spec.machine.features.kvm.pvIpi'),
    'dirty-ring': one({
      attributes: {
        state: same('with its size', 'on'),
        size: machine('spec.machine.features.kvm.dirtyRingSize', whole(1024, 65536)),
      },
    }),
  },
};

/** Options of `<apic>`: who is told of the end of an interrupt. */
const apic = chosen<DomainDraft>(
  (node) =>
    node.attributes.length === 0
      ? { present: same(ALWAYS, '') }
      : { attributes: { eoi: machine('spec.machine.features.kvm.endOfInterrupt', onOff) } },
  () => ({ attributes: { eoi: machine('spec.machine.features.kvm.endOfInterrupt', onOff) } }),
);

const ioapics = {
  kvm: { attributes: { driver: machine('spec.machine.features.ioApic', words({ kvm: 'Kvm' as const })) } },
  qemu: { attributes: { driver: machine('spec.machine.features.ioApic', words({ qemu: 'Qemu' as const })) } },
} satisfies Record<string, ElementTable<DomainDraft>>;

/** Words for other hypervisors, which libvirt reads for qemu too and passes over. */
const elsewhere = aside<DomainDraft>({ whole: ignored('a word for other hypervisors') });
const ELSEWHERE = { privnet: elsewhere, viridian: elsewhere, capabilities: elsewhere, xen: elsewhere };

const table: ElementTable<DomainDraft> = {
  children: {
    acpi: one({ present: machine('spec.machine.features.acpi', presence) }),
    apic,
    pae: always,
    hap: chosen(() => ({
      attributes: { state: ignored('a word for Xen; KVM uses what the host has', wordOf('on', 'off')) },
      present: ignored('a word for Xen; KVM uses what the host has'),
    })),
    hyperv,
    kvm: one(kvmTable),
    pvspinlock: state('spec.machine.features.kvm.pvSpinLock'),
    pmu: state('spec.machine.features.pmu'),
    smm: state('spec.machine.features.smm', {
      tseg: amount('spec.machine.features.smmMemory', 'spec.machine.features.smmMemory', 1, 'MiB'),
    }),
    ioapic: chosen(byAttribute('driver', ioapics), ({ spec }) => {
      const { ioApic } = spec.machine?.features ?? {};
      return ioApic && ioapics[ioApic === 'Kvm' ? 'kvm' : 'qemu'];
    }),
    ps2: state('spec.machine.features.ps2'),
    ...ELSEWHERE,
    vmcoreinfo: state('spec.machine.features.vmCoreInfo'),
    vmport: state('spec.machine.features.vmPort'),
    msrs: one({
      attributes: { unknown: ignored('how KVM treats registers is a setting of the host', wordOf('ignore', 'fault')) },
    }),
    tcg: one({
      children: {
        'tb-cache': amount('spec.machine.features.translationCache', 'spec.machine.features.translationCache', 1),
      },
    }),
    'async-teardown': one({
      attributes: { enabled: machine('spec.machine.features.asyncTeardown', words({ yes: true, no: false })) },
    }),
  } satisfies Record<string, Child<DomainDraft>>,
};

export const features = one(table);
