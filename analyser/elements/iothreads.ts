import { items, one } from '../table/children.ts';
import { fieldOf } from '../table/rule.ts';
import { where } from '../table/scoped.ts';
import type { ElementTable } from '../table/table.ts';
import { iothreadName } from '../values/iothreads.ts';
import { whole } from '../values/numbers.ts';
import { attributeOf } from '../xml/infoset.ts';
import { type DomainDraft, type ItemDraft, machine } from './draft.ts';

type Thread = ItemDraft<'iothreads'>;

const thread = fieldOf<Thread>();

/** `<iothreads>`: how many; those that no number names have the lowest that are free. */
export const iothreadCount = one<DomainDraft>({
  text: machine('libvirt.iothreads', whole(0, 1024), { field: 'spec.iothreads' }),
});

const table: ElementTable<Thread> = {
  attributes: {
    id: thread('name', iothreadName, { field: 'spec.name' }),
    thread_pool_min: thread('poolMin', whole(), { field: 'spec.poolMin' }),
    thread_pool_max: thread('poolMax', whole(), { field: 'spec.poolMax' }),
  },
  children: {
    poll: one({
      attributes: {
        max: thread('poll.maxNanoseconds', whole(), { field: 'spec.poll.maxNanoseconds' }),
        grow: thread('poll.grow', whole(), { field: 'spec.poll.grow' }),
        shrink: thread('poll.shrink', whole(), { field: 'spec.poll.shrink' }),
      },
    }),
  },
};

export const iothreadIds = where(
  ({ spec }) => (spec.iothreads ?? []).length > 0,
  one<DomainDraft>({
    children: {
      iothread: items<DomainDraft, Thread>({
        at: 'spec.iothreads',
        list: ({ spec }) => {
          spec.iothreads ??= [];
          return spec.iothreads as Thread[];
        },
        make: (node) => ({ name: `iothread${attributeOf(node, 'id') ?? ''}` }),
        name: ({ name }) => name,
        table: () => table,
        writes: () => table,
      }),
    },
  }),
);

export const defaultIothread = one<DomainDraft>({
  attributes: {
    thread_pool_min: machine('spec.tuning.emulatorPoolMin', whole()),
    thread_pool_max: machine('spec.tuning.emulatorPoolMax', whole()),
  },
});
