import { alias, one } from '../table/children.ts';
import { fieldOf, selector } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { wordOf } from '../values/words.ts';
import { place } from './address.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';
import { virtioRules } from './virtio.ts';

type Crypto = ItemDraft<'cryptos'>;
const crypto = fieldOf<Crypto>();

const table: ElementTable<Crypto> = {
  attributes: { model: selector('virtio', 'spec'), type: selector('qemu', 'spec') },
  children: {
    backend: one({
      attributes: {
        model: crypto('backend', wordOf('builtin', 'lkcf'), { field: 'spec.backend' }),
        queues: crypto('queues', whole(1, 0xffff), { field: 'spec.queues' }),
      },
    }),
    driver: one({ attributes: virtioRules<Crypto>('virtio') }),
    alias,
    address: place<Crypto>('address', 'pci'),
  },
};

export const cryptos = deviceList('cryptos', { prefix: 'crypto', table: () => table, writes: () => table });
