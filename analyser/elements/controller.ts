import { alias, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { ignored, refused, same } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { address, whole } from '../values/numbers.ts';
import { text } from '../values/texts.ts';
import { wordOf } from '../values/words.ts';
import { placement } from './address.ts';

const LAID_OUT = 'vmctl lays out the PCI buses itself';
const BROUGHT = 'devices bring the controllers along that they need';

const common = (reason: string) => ({
  attributes: { type: ignored(reason), index: ignored(reason, whole()) },
  children: { alias, address: placement('pci', 'isa') },
});

const pci: ElementTable<unknown> = {
  attributes: {
    ...common(LAID_OUT).attributes,
    model: ignored(
      LAID_OUT,
      wordOf(
        'pci-root',
        'pcie-root',
        'pci-bridge',
        'dmi-to-pci-bridge',
        'pcie-to-pci-bridge',
        'pcie-root-port',
        'pcie-switch-upstream-port',
        'pcie-switch-downstream-port',
        'pci-expander-bus',
        'pcie-expander-bus',
      ),
    ),
  },
  children: {
    ...common(LAID_OUT).children,
    model: one({ attributes: { name: ignored(LAID_OUT, text(64)) } }),
    target: one({
      attributes: {
        chassis: ignored(LAID_OUT, whole(0, 255)),
        chassisNr: ignored(LAID_OUT, whole(0, 255)),
        port: ignored(LAID_OUT, address(255)),
        busNr: ignored(LAID_OUT, whole(0, 255)),
        hotplug: ignored(LAID_OUT, wordOf('on', 'off')),
      },
    }),
    pcihole64: one({ attributes: { unit: ignored(LAID_OUT) }, text: ignored(LAID_OUT, whole()) }),
  },
};

/** A controller that the devices on it bring along, in the models that guests take alike. */
const brought = (...models: readonly string[]): ElementTable<unknown> => ({
  attributes: { ...common(BROUGHT).attributes, model: same(BROUGHT, ...models), ports: ignored(BROUGHT, whole(1, 31)) },
  children: {
    ...common(BROUGHT).children,
    master: one({ attributes: { startport: ignored(BROUGHT, whole()) } }),
  },
});

const tables = {
  pci,
  usb: brought(
    'qemu-xhci',
    'nec-xhci',
    'piix3-uhci',
    'piix4-uhci',
    'ich9-ehci1',
    'ich9-uhci1',
    'ich9-uhci2',
    'ich9-uhci3',
    'ehci',
    'none',
  ),
  sata: brought(),
  ide: brought('piix3', 'piix4'),
  fdc: brought(),
  scsi: brought('virtio-scsi'),
  'virtio-serial': {
    ...brought(),
    attributes: { ...brought().attributes, vectors: refused('vectors are not supported') },
  },
} satisfies Record<string, Choice<unknown>>;

/** `<controller>`: checked and kept; which ones there are follows from the devices. */
export const controller: Child<unknown> = {
  repeated: true,
  read: (node, scope, reading) => readElement(node, byAttribute<Choice<unknown>>('type', tables)(node), scope, reading),
  write: () => [],
};
