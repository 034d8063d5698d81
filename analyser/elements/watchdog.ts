import { alias, one } from '../table/children.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { wordOf, words } from '../values/words.ts';
import { placement } from './address.ts';
import { type DomainDraft, machine } from './draft.ts';

const ACTIONS = {
  reset: 'Reset',
  shutdown: 'Shutdown',
  poweroff: 'PowerOff',
  pause: 'Pause',
  none: 'None',
  'inject-nmi': 'InjectNMI',
} as const;

const table: ElementTable<DomainDraft> = {
  attributes: {
    model: machine('spec.watchdog.model', wordOf('i6300esb', 'ib700', 'itco')),
    action: machine('spec.watchdog.action', words(ACTIONS)),
  },
  children: { alias, address: placement('pci') },
};

export const watchdog: Child<DomainDraft> = one(table, ({ spec }) => spec.watchdog !== undefined);
