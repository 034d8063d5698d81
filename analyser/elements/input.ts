import { alias, items } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, same } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { wordOf } from '../values/words.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import { placement } from './address.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';

type Input = ItemDraft<'inputs'>;
const input = fieldOf<Input>();

const ALWAYS = 'every x86 machine has a PS/2 mouse and keyboard';

const ps2: ElementTable<unknown> = {
  attributes: { type: same(ALWAYS, 'mouse', 'keyboard'), bus: same(ALWAYS, 'ps2') },
  children: { alias },
};

const table: ElementTable<Input> = {
  attributes: {
    type: input('type', wordOf('tablet', 'mouse', 'keyboard'), { field: 'spec.type' }),
    bus: input('bus', wordOf('usb', 'virtio'), { field: 'spec.bus' }),
  },
  children: { alias, address: placement('usb', 'pci') },
};

const listed = items<DomainDraft, Input>({
  at: 'spec.inputs',
  list: ({ spec }) => {
    spec.inputs ??= [];
    return spec.inputs as Input[];
  },
  make: (_, { spec }) => ({ name: `input${spec.inputs?.length ?? 0}`, bus: 'usb' }),
  name: ({ name }) => name,
  table: () => table,
  writes: () => table,
});

/** Without a bus a tablet is on USB, the others on PS/2. */
const isPs2 = (node: XmlElement): boolean =>
  (attributeOf(node, 'bus') ?? (attributeOf(node, 'type') === 'tablet' ? 'usb' : 'ps2')) === 'ps2';

export const inputs: Child<DomainDraft> = {
  ...listed,
  read: (node, draft, reading) =>
    isPs2(node) ? readElement(node, ps2, draft, reading) : listed.read(node, draft, reading),
};
