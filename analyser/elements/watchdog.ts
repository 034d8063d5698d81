import { alias, one } from '../table/children.ts';
import { within } from '../table/scoped.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { wordOf, words } from '../values/words.ts';
import { place } from './address.ts';
import { type DomainDraft, machine, type SpecDraft } from './draft.ts';

type Watchdog = NonNullable<SpecDraft['watchdog']>;

const ACTIONS = {
  reset: 'Reset',
  shutdown: 'Shutdown',
  poweroff: 'PowerOff',
  pause: 'Pause',
  none: 'None',
  'inject-nmi': 'InjectNMI',
  dump: 'Dump',
} as const;

const watchdogOf = ({ spec }: DomainDraft): Watchdog => {
  spec.watchdog ??= {};
  return spec.watchdog;
};

const table: ElementTable<DomainDraft> = {
  attributes: {
    model: machine('spec.watchdog.model', wordOf('i6300esb', 'ib700', 'itco', 'diag288')),
    action: machine('spec.watchdog.action', words(ACTIONS)),
  },
  children: { alias, address: within(watchdogOf, place<Watchdog>('address', 'pci')) },
};

export const watchdog: Child<DomainDraft> = one(table, ({ spec }) => spec.watchdog !== undefined);
