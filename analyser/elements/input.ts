import { alias, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, same, selector } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { hostPath } from '../values/texts.ts';
import { onOff, wordOf } from '../values/words.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';
import { virtioModels, virtioRules } from './virtio.ts';

type Input = ItemDraft<'inputs'>;
const input = fieldOf<Input>();

const ALWAYS = 'every x86 machine has a PS/2 mouse and keyboard';

const ps2: ElementTable<unknown> = {
  attributes: { type: same(ALWAYS, 'mouse', 'keyboard'), bus: same(ALWAYS, 'ps2') },
  children: { alias },
};

const attached: ElementTable<Input> = {
  attributes: {
    type: input('type', wordOf('tablet', 'mouse', 'keyboard', 'passthrough'), { field: 'spec.type' }),
    bus: input('bus', wordOf('usb', 'virtio'), { field: 'spec.bus' }),
    model: input('model', virtioModels, { field: 'spec.model' }),
  },
  children: {
    source: one({ attributes: { evdev: input('path', hostPath, { field: 'spec.path' }) } }),
    driver: one({ attributes: virtioRules<Input>('virtio') }),
    alias,
    address: place<Input>('address', 'usb', 'pci'),
  },
};

const TOGGLES = wordOf('ctrl-ctrl', 'alt-alt', 'shift-shift', 'meta-meta', 'scrolllock', 'ctrl-scrolllock');

const evdev: ElementTable<Input> = {
  attributes: { type: selector('evdev', 'spec.evdev') },
  children: {
    source: one({
      attributes: {
        dev: input('evdev.path', hostPath, { field: 'spec.evdev.path' }),
        grab: input('evdev.grab', wordOf('all'), { field: 'spec.evdev.grab' }),
        grabToggle: input('evdev.grabToggle', TOGGLES, { field: 'spec.evdev.grabToggle' }),
        repeat: input('evdev.repeat', onOff, { field: 'spec.evdev.repeat' }),
      },
    }),
    alias,
  },
};

const isEvdev = (node: XmlElement): boolean => attributeOf(node, 'type') === 'evdev';

/** Without a bus a tablet is on USB, the others on PS/2. */
const isPs2 = (node: XmlElement): boolean =>
  (attributeOf(node, 'bus') ?? (attributeOf(node, 'type') === 'tablet' ? 'usb' : 'ps2')) === 'ps2';

/** What is passed through is on virtio: there is no other way. */
const busOf = (node: XmlElement): Partial<Input> =>
  isEvdev(node) ? { type: 'evdev' } : { bus: attributeOf(node, 'type') === 'passthrough' ? 'virtio' : 'usb' };

const listed = deviceList('inputs', {
  prefix: 'input',
  make: busOf,
  table: (node) => (isEvdev(node) ? evdev : attached),
  writes: ({ type }) => (type === 'evdev' ? evdev : attached),
});

export const inputs: Child<DomainDraft> = {
  ...listed,
  read: (node, draft, reading) =>
    isPs2(node) && !isEvdev(node) && attributeOf(node, 'type') !== 'passthrough'
      ? readElement(node, ps2, draft, reading)
      : listed.read(node, draft, reading),
};
