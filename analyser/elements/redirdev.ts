import { alias, one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { matching } from '../values/texts.ts';
import { yesNo } from '../values/words.ts';
import { attributeOf } from '../xml/infoset.ts';
import { place } from './address.ts';
import { characterTables, emptyBackend, extended, typeOfBackend } from './character.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';

type Redirected = ItemDraft<'redirectedDevices'>;

const backends = characterTables<Redirected>('backend', { log: false });

const tables = extended<Redirected>(backends, ({ attributes, children }) => ({
  attributes: { ...attributes, bus: selector('usb', 'spec') },
  children: {
    ...children,
    boot: one({ attributes: { order: fieldOf<Redirected>()('bootOrder', whole(1), { field: 'spec.bootOrder' }) } }),
    alias,
    address: place<Redirected>('address', 'usb'),
  },
}));

/** `<redirdev>`: a USB device that a client of the display lends. */
export const redirectedDevices = deviceList('redirectedDevices', {
  prefix: 'redirected',
  make: (node) => {
    const backend = emptyBackend(attributeOf(node, 'type')) as Redirected['backend'];
    return backend ? { backend } : {};
  },
  table: byAttribute<Choice<Redirected>>('type', tables),
  writes: ({ backend }) => tables[typeOfBackend(backend) ?? 'spicevmc'],
});

type Rule = NonNullable<DomainDraft['spec']['redirectionFilter']>[number];
const rule = fieldOf<Rule>();

/** A number in hexadecimal as libvirt writes it; -1 is any, as the attribute's absence is. */
const identifier = matching(/^0x[0-9a-fA-F]{1,4}$/, 'number such as 0x1234');
const any = { outcome: 'default', values: ['-1'], reason: 'any' } as const;

const usbdev: ElementTable<Rule> = {
  attributes: {
    class: rule('class', identifier, { field: 'spec.class', unless: any }),
    vendor: rule('vendor', identifier, { field: 'spec.vendor', unless: any }),
    product: rule('product', identifier, { field: 'spec.product', unless: any }),
    version: rule('version', matching(/^[0-9]{1,2}\.[0-9]{1,2}$/, 'version such as 2.0'), {
      field: 'spec.version',
      unless: any,
    }),
    allow: rule('allow', yesNo, { field: 'spec.allow' }),
  },
};

/** `<redirfilter>`: which devices may be lent. */
export const redirectionFilter: Child<DomainDraft> = one({
  children: {
    usbdev: ordered<DomainDraft, Rule>({
      at: '.redirectionFilter',
      list: ({ spec }) => spec.redirectionFilter,
      begin: ({ spec }) => {
        spec.redirectionFilter ??= [];
        return spec.redirectionFilter;
      },
      make: () => ({ allow: true }),
      choice: () => usbdev,
      writes: () => usbdev,
    }),
  },
});
