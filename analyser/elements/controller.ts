import { alias, chosen, items, one } from '../table/children.ts';
import { ordered } from '../table/list.ts';
import { fieldOf, ignored, type Rule } from '../table/rule.ts';
import { where } from '../table/scoped.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { iothreadName } from '../values/iothreads.ts';
import { address as number, whole } from '../values/numbers.ts';
import { onOff, wordOf } from '../values/words.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import { amount, amountRule } from './amount.ts';
import { queueThread } from './disk-driver.ts';
import type { ControllerDraft, DomainDraft } from './draft.ts';
import { virtioRules } from './virtio.ts';

const controller = fieldOf<ControllerDraft>();

const known = (name: 'type' | 'index'): Rule<ControllerDraft> =>
  name === 'type'
    ? controller('type', wordOf(...TYPES), { field: 'spec.type' })
    : controller('index', whole(0, 255), { field: 'spec.index' });

const TYPES = ['pci', 'usb', 'scsi', 'sata', 'ide', 'fdc', 'virtio-serial', 'ccid', 'isa'] as const;

const model = (...models: NonNullable<ControllerDraft['model']>[]): Rule<ControllerDraft> =>
  controller('model', wordOf(...models), { field: 'spec.model' });

const common: ElementTable<ControllerDraft> = {
  attributes: { type: known('type'), index: known('index') },
  children: { alias, address: place('address', 'pci', 'usb') },
};

const PORT_MODELS = { 'pcie-root-port': 'pcie-root-port', ioh3420: 'ioh3420' } as const;

/** What qemu calls the device, where there is a choice; otherwise it follows from the model. */
const device = (node: XmlElement): Choice<ControllerDraft> => {
  const name = attributeOf(node, 'name') ?? '';
  return Object.hasOwn(PORT_MODELS, name)
    ? { attributes: { name: controller('pci.device', wordOf('pcie-root-port', 'ioh3420')) } }
    : { attributes: { name: ignored('follows from the model', wordOf(...DEVICES)) } };
};

const DEVICES = [
  ...(['pci-bridge', 'i82801b11-bridge', 'pcie-pci-bridge', 'x3130-upstream', 'xio3130-downstream'] as const),
  ...(['pxb', 'pxb-pcie'] as const),
];

const deviceTable: ElementTable<ControllerDraft> = {
  attributes: { name: controller('pci.device', wordOf('pcie-root-port', 'ioh3420')) },
};

/** Bridges spell the number of their chassis in another way than ports. */
const target = (chassis: 'chassis' | 'chassisNr'): ElementTable<ControllerDraft> => ({
  attributes: {
    [chassis]: controller('pci.chassis', whole(0, 255)),
    port: controller('pci.port', number(255)),
    busNr: controller('pci.busNumber', whole(1, 254)),
    hotplug: controller('pci.hotPlug', onOff),
    memReserve: amountRule({ at: 'pci.memoryReserve', field: 'spec.pci.memoryReserve' }),
  },
  children: { node: one({ text: controller('pci.numaCell', whole(0, 255)) }) },
});

const isBridge = (name: string | undefined): boolean => name === 'pci-bridge';

const pci: ElementTable<ControllerDraft> = {
  attributes: {
    ...common.attributes,
    model: model(
      ...(['pci-root', 'pcie-root', 'pci-bridge', 'dmi-to-pci-bridge', 'pcie-to-pci-bridge'] as const),
      ...(['pcie-root-port', 'pcie-switch-upstream-port', 'pcie-switch-downstream-port'] as const),
      ...(['pci-expander-bus', 'pcie-expander-bus'] as const),
    ),
  },
  children: {
    ...common.children,
    model: chosen(device, ({ pci: options }) => (options?.device === undefined ? undefined : deviceTable)),
    target: chosen(
      (node) => target(isBridge(node.parent && attributeOf(node.parent, 'model')) ? 'chassisNr' : 'chassis'),
      ({ model: name }) => target(isBridge(name) ? 'chassisNr' : 'chassis'),
    ),
    pcihole64: amount('pci.hole64', 'spec.pci.hole64'),
  },
};

const usb: ElementTable<ControllerDraft> = {
  attributes: {
    ...common.attributes,
    model: model(
      ...(['qemu-xhci', 'nec-xhci', 'piix3-uhci', 'piix4-uhci', 'ehci', 'vt82c686b-uhci', 'pci-ohci', 'none'] as const),
      ...(['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'] as const),
    ),
    ports: controller('ports', whole(1, 31), { field: 'spec.ports' }),
  },
  children: {
    ...common.children,
    master: one({ attributes: { startport: controller('startPort', whole(0, 30), { field: 'spec.startPort' }) } }),
  },
};

type Thread = NonNullable<ControllerDraft['iothreads']>[number];

const threads = ordered<ControllerDraft, Thread>({
  at: '.iothreads',
  list: ({ iothreads }) => iothreads,
  begin: (item) => {
    item.iothreads ??= [];
    return item.iothreads;
  },
  make: () => ({ name: '' }),
  choice: () => queueThread,
  writes: () => queueThread,
});

const scsi: ElementTable<ControllerDraft> = {
  attributes: {
    ...common.attributes,
    model: model(
      ...(['virtio-scsi', 'lsilogic', 'lsisas1068', 'lsisas1078', 'vmpvscsi', 'am53c974', 'dc390'] as const),
      ...(['virtio-transitional', 'virtio-non-transitional'] as const),
    ),
  },
  children: {
    ...common.children,
    driver: one({
      attributes: {
        queues: controller('queues', whole(1, 1024), { field: 'spec.queues' }),
        cmd_per_lun: controller('commandsPerLun', whole(1, 65535), { field: 'spec.commandsPerLun' }),
        max_sectors: controller('maxSectors', whole(1, 0xffffffff), { field: 'spec.maxSectors' }),
        ioeventfd: controller('ioEventFd', onOff, { field: 'spec.ioEventFd' }),
        iothread: controller('iothread', iothreadName, { field: 'spec.iothread' }),
        ...virtioRules<ControllerDraft>('virtio'),
      },
      children: {
        iothreads: where(({ iothreads }) => iothreads !== undefined, one({ children: { iothread: threads } })),
      },
    }),
  },
};

const virtioSerial: ElementTable<ControllerDraft> = {
  attributes: {
    ...common.attributes,
    model: model('virtio', 'virtio-transitional', 'virtio-non-transitional'),
    ports: controller('ports', whole(1, 511), { field: 'spec.ports' }),
    vectors: controller('vectors', whole(0, 2_147_483_647), { field: 'spec.vectors' }),
  },
  children: { ...common.children, driver: one({ attributes: virtioRules<ControllerDraft>('virtio') }) },
};

const tables = {
  pci,
  usb,
  scsi,
  sata: common,
  ide: {
    ...common,
    attributes: { ...common.attributes, model: ignored('the board has it', wordOf('piix3', 'piix4', 'ich6')) },
  },
  fdc: common,
  'virtio-serial': virtioSerial,
  ccid: common,
  isa: common,
} satisfies Record<(typeof TYPES)[number], ElementTable<ControllerDraft>>;

/** `scsi0`; the parts of a USB 2 controller share a number, and have their model in the name. */
function nameOf(node: XmlElement, taken: readonly ControllerDraft[]): string {
  const type = attributeOf(node, 'type') ?? 'controller';
  const plain = `${type}${attributeOf(node, 'index') ?? ''}`.toLowerCase().replace(/[^a-z0-9-]/g, '-');
  const free = (name: string): boolean => !taken.some((one) => one.name === name);
  const candidates = [plain, `${plain}-${attributeOf(node, 'model') ?? 'more'}`, `${plain}-n${taken.length}`];
  return candidates.find(free) ?? plain;
}

/** `<controller>`, as https://libvirt.org/formatdomain.html#controllers describes it. */
export const controllers = items<DomainDraft, ControllerDraft>({
  at: 'spec.controllers',
  list: ({ spec }) => {
    spec.controllers ??= [];
    return spec.controllers as ControllerDraft[];
  },
  make: (node, { spec }) => ({ name: nameOf(node, (spec.controllers ?? []) as ControllerDraft[]) }),
  name: ({ name }) => name,
  table: byAttribute<Choice<ControllerDraft>>('type', tables),
  writes: ({ type = 'pci' }) => tables[type],
});
