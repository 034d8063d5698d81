import { chosen, keyed, one } from '../table/children.ts';
import { ignored, refused, same } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { signed, whole } from '../values/numbers.ts';
import { instant } from '../values/times.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import { type DomainDraft, machine } from './draft.ts';

const present = same('it is there where nothing is said', 'yes');

const PACE = 'how fast qemu makes up for lost ticks is its own';

const catchup = one<DomainDraft>({
  attributes: { threshold: ignored(PACE, whole()), slew: ignored(PACE, whole()), limit: ignored(PACE, whole()) },
});

/** Source of what is default: https://libvirt.org/formatdomain.html#time-keeping and qemu's own defaults. */
const timers: Readonly<Record<string, ElementTable<DomainDraft>>> = {
  rtc: {
    attributes: {
      present,
      tickpolicy: machine('spec.machine.clock.driftFix', words({ catchup: 'Slew' as const, delay: 'None' as const })),
      track: machine('spec.machine.clock.source', words({ guest: 'Guest' as const, wall: 'Host' as const })),
    },
    children: { catchup },
  },
  pit: {
    attributes: {
      present,
      tickpolicy: machine('spec.machine.clock.pit', words({ delay: 'Delay' as const, discard: 'Discard' as const })),
    },
  },
  hpet: { attributes: { present: machine('spec.machine.clock.hpet', yesNo) } },
  kvmclock: { attributes: { present: machine('spec.machine.clock.kvmClock', yesNo) } },
  hypervclock: {
    attributes: {
      present: machine('libvirt.hyperV.time', words({ yes: true }), {
        field: 'spec.machine.features.hyperV',
        unless: same('off where nothing is said', 'no'),
      }),
    },
  },
  tsc: {
    attributes: {
      present: ignored('what the processor has is said by its features', yesNo),
      frequency: machine('spec.machine.clock.tscFrequencyHertz', whole(1)),
      mode: ignored(PACE, wordOf('auto', 'native', 'emulate', 'paravirt', 'smpsafe')),
    },
  },
};

const timer = keyed('name', timers);

const offset = (word: 'utc' | 'localtime' | 'variable' | 'absolute'): ElementTable<DomainDraft>['attributes'] => ({
  offset: machine('libvirt.clock.offset', wordOf(word), { field: 'spec.machine.clock' }),
});

const plain = (word: 'utc' | 'localtime'): ElementTable<DomainDraft> => ({
  attributes: { ...offset(word), adjustment: ignored('set back at every start', wordOf('reset')) },
  children: { timer },
});

const tables = {
  utc: plain('utc'),
  localtime: plain('localtime'),
  variable: {
    attributes: {
      ...offset('variable'),
      adjustment: machine('spec.machine.clock.adjustmentSeconds', signed(Number.MIN_SAFE_INTEGER)),
      basis: machine('libvirt.clock.basis', words({ utc: 'UTC' as const, localtime: 'LocalTime' as const }), {
        field: 'spec.machine.clock.base',
      }),
    },
    children: { timer },
  },
  absolute: {
    attributes: { ...offset('absolute'), start: machine('spec.machine.clock.start', instant) },
    children: { timer },
  },
  timezone: { whole: refused('a time zone of its own is not supported; use localtime') },
} satisfies Record<string, Choice<DomainDraft>>;

export const clock = chosen<DomainDraft>(
  byAttribute<Choice<DomainDraft>>('offset', tables, 'utc'),
  ({ libvirt }) => tables[libvirt.clock?.offset ?? 'utc'],
);
