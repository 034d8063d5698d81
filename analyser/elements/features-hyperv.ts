import { one } from '../table/children.ts';
import { same } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { text } from '../values/texts.ts';
import { words } from '../values/words.ts';
import { type DomainDraft, machine } from './draft.ts';

/** Enlightenments that are an element of `<hyperv>` with nothing but a state. */
const NAMES = [
  'relaxed',
  'vapic',
  'vpindex',
  'runtime',
  'synic',
  'reset',
  'frequencies',
  'reenlightenment',
  'ipi',
  'avic',
  'evmcs',
] as const;

const unlessOff = { unless: same('off where nothing is said', 'off') };

const state = (name: string) =>
  machine(`libvirt.hyperV.${name}`, words({ on: true }), { field: 'spec.machine.features.hyperV', ...unlessOff });

const enlightenment = (name: string, children: Readonly<Record<string, Child<DomainDraft>>> = {}): Child<DomainDraft> =>
  one({ attributes: { state: state(name) }, children });

const table: ElementTable<DomainDraft> = {
  attributes: {
    mode: machine('spec.machine.features.hyperVPassthrough', words({ passthrough: true }), {
      unless: same('each enlightenment is named', 'custom'),
    }),
  },
  children: {
    ...Object.fromEntries(NAMES.map((name) => [name, enlightenment(name)])),
    spinlocks: one({
      attributes: {
        state: state('spinlocks'),
        retries: machine('spec.machine.features.spinLockRetries', whole(4095, 0xffffffff)),
      },
    }),
    stimer: enlightenment('stimer', { direct: enlightenment('stimer-direct') }),
    tlbflush: enlightenment('tlbflush', {
      direct: enlightenment('tlbflush-direct'),
      extended: enlightenment('tlbflush-ext'),
    }),
    emsr_bitmap: enlightenment('emsr-bitmap'),
    xmm_input: enlightenment('xmm-input'),
    vendor_id: one({
      attributes: {
        state: same('with its value', 'on', 'off'),
        value: machine('spec.machine.features.hyperVVendor', text(12)),
      },
    }),
  },
};

export const hyperv = one(table);
