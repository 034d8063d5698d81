import { alias } from '../table/children.ts';
import { selector } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { place } from './address.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';

type Hub = ItemDraft<'hubs'>;

const table: ElementTable<Hub> = {
  attributes: { type: selector('usb', 'spec') },
  children: { alias, address: place<Hub>('address', 'usb') },
};

export const hubs = deviceList('hubs', { prefix: 'hub', table: () => table, writes: () => table });
