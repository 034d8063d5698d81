import { one } from '../table/children.ts';
import { same } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { words } from '../values/words.ts';
import { type DomainDraft, machine } from './draft.ts';

/** Enlightenments that are an element of `<hyperv>` with nothing but a state. */
const NAMES = [
  'relaxed',
  'vapic',
  'vpindex',
  'runtime',
  'synic',
  'stimer',
  'reset',
  'frequencies',
  'reenlightenment',
  'tlbflush',
  'ipi',
  'evmcs',
] as const;

const unlessOff = { unless: same('off where nothing is said', 'off') };

const state = (name: string) =>
  machine(`libvirt.hyperV.${name}`, words({ on: true }), { field: 'spec.machine.features.hyperV', ...unlessOff });

const enlightenment = (name: string): Child<DomainDraft> => one({ attributes: { state: state(name) } });

/** The number of tries that Microsoft recommends, and the only one that is offered. */
const RETRIES = '8191';

const table: ElementTable<DomainDraft> = {
  attributes: { mode: same('each enlightenment is named', 'custom') },
  children: {
    ...Object.fromEntries(NAMES.map((name) => [name, enlightenment(name)])),
    spinlocks: one({
      attributes: { state: state('spinlocks'), retries: same(`${RETRIES} tries`, RETRIES) },
    }),
  },
};

export const hyperv = one(table);
