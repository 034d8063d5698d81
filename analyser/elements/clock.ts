import { keyed, one } from '../table/children.ts';
import { same } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { words, yesNo } from '../values/words.ts';
import { type DomainDraft, machine } from './draft.ts';

const present = same('it is there where nothing is said', 'yes');

/** Source of what is default: https://libvirt.org/formatdomain.html#time-keeping and qemu's own defaults. */
const timers: Readonly<Record<string, ElementTable<DomainDraft>>> = {
  rtc: {
    attributes: {
      present,
      tickpolicy: machine('spec.machine.clock.driftFix', words({ catchup: 'Slew', delay: 'None' })),
      track: same('it follows the clock of the host', 'guest'),
    },
  },
  pit: { attributes: { present, tickpolicy: same('qemu delays missed ticks', 'delay') } },
  hpet: { attributes: { present: machine('spec.machine.clock.hpet', yesNo) } },
  kvmclock: { attributes: { present } },
  hypervclock: {
    attributes: {
      present: machine('libvirt.hyperV.time', words({ yes: true }), {
        field: 'spec.machine.features.hyperV',
        unless: same('off where nothing is said', 'no'),
      }),
    },
  },
  tsc: { attributes: { present } },
};

const table: ElementTable<DomainDraft> = {
  attributes: {
    offset: machine('spec.machine.clock.base', words({ utc: 'UTC', localtime: 'LocalTime' })),
  },
  children: { timer: keyed('name', timers) },
};

export const clock = one(table);
