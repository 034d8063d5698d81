import { alias, items, one } from '../table/children.ts';
import { fieldOf, same, selector } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { hostPath, text } from '../values/texts.ts';
import { presence, words } from '../values/words.ts';
import { childOf } from '../xml/infoset.ts';
import { placement } from './address.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';

type Filesystem = ItemDraft<'filesystems'>;
const share = fieldOf<Filesystem>();

const DRIVERS = { virtiofs: 'virtiofs', path: '9p' } as const;

const table: ElementTable<Filesystem> = {
  attributes: {
    type: selector('mount', 'spec.path'),
    accessmode: same('files keep their owners', 'passthrough'),
  },
  children: {
    driver: one({ attributes: { type: share('type', words(DRIVERS), { field: 'spec.type' }) } }),
    source: one({ attributes: { dir: share('path', hostPath, { field: 'spec.path' }) } }),
    target: one({ attributes: { dir: share('tag', text(36), { field: 'spec.tag' }) } }),
    readonly: one({ present: share('readOnly', presence, { field: 'spec.readOnly' }) }),
    alias,
    address: placement('pci'),
  },
};

/** `<filesystem>`: without a driver it is 9p, as libvirt has it. */
export const filesystems = items<DomainDraft, Filesystem>({
  at: 'spec.filesystems',
  list: ({ spec }) => {
    spec.filesystems ??= [];
    return spec.filesystems as Filesystem[];
  },
  make: (node, { spec }) => {
    const name = `share${spec.filesystems?.length ?? 0}`;
    return childOf(node, 'driver') ? { name } : { name, type: '9p' };
  },
  name: ({ name }) => name,
  table: () => table,
  writes: () => table,
});
