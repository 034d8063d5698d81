import { items, one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { signed, whole } from '../values/numbers.ts';
import { cpuSet } from '../values/texts.ts';
import { wordOf } from '../values/words.ts';
import { type DomainDraft, machine, type Scheduler, type SpecDraft } from './draft.ts';

type Pin = NonNullable<NonNullable<SpecDraft['cpu']>['pinning']>[number];

const pin = fieldOf<Pin>();

const pinTable: ElementTable<Pin> = {
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
  table: () => pinTable,
  writes: () => pinTable,
});

interface ThreadPin {
  iothread?: number;
  cpuset?: string;
}

const threadPin = fieldOf<ThreadPin>();

const threadTable: ElementTable<ThreadPin> = {
  attributes: {
    iothread: threadPin('iothread', whole(1), { field: 'spec.iothreads' }),
    cpuset: threadPin('cpuset', cpuSet, { field: 'spec.iothreads[].cpuset' }),
  },
};

const threadPins = items<DomainDraft, ThreadPin>({
  at: 'spec.iothreads',
  list: ({ iothreadPins }) => iothreadPins,
  make: () => ({}),
  name: ({ iothread }) => String(iothread),
  table: () => threadTable,
  writes: () => threadTable,
});

const number = (name: NonNullable<keyof NonNullable<SpecDraft['tuning']>>, codec = signed(-1)) =>
  one<DomainDraft>({ text: machine(`spec.tuning.${name}` as 'spec.tuning.cpuShares', codec) });

const rule = fieldOf<Scheduler>();

/** Which threads: the element's own attribute says it, but for qemu's other threads. */
const scheduler = (which: 'vcpus' | 'iothreads' | 'emulator'): Child<DomainDraft> => {
  const table: ElementTable<Scheduler> = {
    attributes: {
      ...(which !== 'emulator' && { [which]: rule(which, cpuSet, { field: `spec.${which}` }) }),
      scheduler: rule('policy', wordOf('batch', 'idle', 'fifo', 'rr'), { field: 'spec.policy' }),
      priority: rule('priority', whole(1, 99), { field: 'spec.priority' }),
    },
  };
  return ordered<DomainDraft, Scheduler>({
    at: '.tuning.schedulers',
    list: ({ schedulers }) => schedulers[which],
    begin: ({ schedulers }) => schedulers[which],
    make: () => ({ policy: 'batch', ...(which === 'emulator' && { emulator: {} }) }),
    choice: () => table,
    writes: () => table,
  });
};

/** Source: https://libvirt.org/formatdomain.html#cpu-tuning */
export const cputune = one<DomainDraft>({
  children: {
    vcpupin: pinning,
    shares: number('cpuShares', whole(0, 262_144)),
    global_period: number('globalPeriodMicroseconds'),
    global_quota: number('globalQuotaMicroseconds'),
    period: number('vcpuPeriodMicroseconds'),
    quota: number('vcpuQuotaMicroseconds'),
    emulator_period: number('emulatorPeriodMicroseconds'),
    emulator_quota: number('emulatorQuotaMicroseconds'),
    iothread_period: number('iothreadPeriodMicroseconds'),
    iothread_quota: number('iothreadQuotaMicroseconds'),
    emulatorpin: one({ attributes: { cpuset: machine('spec.tuning.emulatorCpus', cpuSet) } }),
    iothreadpin: threadPins,
    vcpusched: scheduler('vcpus'),
    iothreadsched: scheduler('iothreads'),
    emulatorsched: scheduler('emulator'),
  },
});
