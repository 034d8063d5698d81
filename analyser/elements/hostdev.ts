import { alias, items, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, ignored, refused, same, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { address } from '../values/numbers.ts';
import { uuid } from '../values/texts.ts';
import { wordOf } from '../values/words.ts';
import { attributeOf } from '../xml/infoset.ts';
import { placement } from './address.ts';
import type { DomainDraft, HostDeviceDraft } from './draft.ts';

const host = fieldOf<HostDeviceDraft>();

const asPci = { field: 'spec.pci.address' } as const;

const pciAddress: ElementTable<HostDeviceDraft> = {
  attributes: {
    domain: host('pci.domain', address(0xffff), asPci),
    bus: host('pci.bus', address(0xff), asPci),
    slot: host('pci.slot', address(0x1f), asPci),
    function: host('pci.function', address(7), asPci),
    type: same('the only kind', 'pci'),
  },
};

const usbSource: ElementTable<HostDeviceDraft> = {
  attributes: {
    startupPolicy: ignored('the machine waits for the device', wordOf('mandatory', 'requisite', 'optional')),
  },
  children: {
    vendor: one({ attributes: { id: host('usb.vendor', address(0xffff), { field: 'spec.usb.vendor' }) } }),
    product: one({ attributes: { id: host('usb.product', address(0xffff), { field: 'spec.usb.product' }) } }),
    address: {
      ...one({}),
      read: (node, scope, reading) =>
        readElement(
          node,
          { whole: refused('a USB device is named by vendor and product, since its address changes') },
          scope,
          reading,
        ),
    } satisfies Child<HostDeviceDraft>,
  },
};

const mdevSource: ElementTable<HostDeviceDraft> = {
  children: { address: one({ attributes: { uuid: host('mdev', uuid, { field: 'spec.mdev.uuid' }) } }) },
};

const table = (type: 'pci' | 'usb' | 'mdev', source: ElementTable<HostDeviceDraft>): ElementTable<HostDeviceDraft> => ({
  attributes: {
    mode: selector('subsystem', `spec.${type}`),
    type: selector(type, `spec.${type}`),
    managed: same('the executor takes the device from the host and gives it back', 'yes'),
    ...(type === 'mdev' && { model: same('the only model', 'vfio-pci'), display: same('no display', 'off') }),
  },
  children: {
    driver: one({ attributes: { name: same('VFIO is the only way', 'vfio') } }),
    source: one(source),
    alias,
    address: placement('pci', 'usb'),
  },
});

const tables = {
  pci: table('pci', { children: { address: one(pciAddress) } }),
  usb: table('usb', usbSource),
  mdev: table('mdev', mdevSource),
  scsi: { whole: refused('SCSI devices of the host are not supported') },
  scsi_host: { whole: refused('SCSI hosts are not supported') },
} satisfies Record<string, Choice<HostDeviceDraft>>;

/** `<hostdev>`: a device of the node that the guest gets for itself. */
export const hostDevices = items<DomainDraft, HostDeviceDraft>({
  at: 'spec.hostDevices',
  list: (draft) => draft.hostDevices,
  make: (node, { hostDevices }) => ({
    name: `host${hostDevices.length}`,
    type: attributeOf(node, 'type') as HostDeviceDraft['type'],
  }),
  name: ({ name }) => name,
  table: byAttribute<Choice<HostDeviceDraft>>('type', tables),
  writes: ({ type }) => tables[type],
});
