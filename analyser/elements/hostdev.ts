import { alias, aside, items, one } from '../table/children.ts';
import { fieldOf, ignored, refused, same, selector } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { address, whole } from '../values/numbers.ts';
import { text, uuid } from '../values/texts.ts';
import { onOff, presence, wordOf, yesNo } from '../values/words.ts';
import { attributeOf, childOf, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import type { DomainDraft, HostDeviceDraft } from './draft.ts';
import { iscsi, scsi, scsiHost } from './hostdev-scsi.ts';
import { romRules } from './rom.ts';
import { virtioModels } from './virtio.ts';

const host = fieldOf<HostDeviceDraft>();

const asPci = { field: 'spec.pci.address' } as const;

export const pciAddress: ElementTable<Pick<HostDeviceDraft, 'pci'>> = {
  attributes: {
    domain: fieldOf<Pick<HostDeviceDraft, 'pci'>>()('pci.domain', address(0xffff), asPci),
    bus: fieldOf<Pick<HostDeviceDraft, 'pci'>>()('pci.bus', address(0xff), asPci),
    slot: fieldOf<Pick<HostDeviceDraft, 'pci'>>()('pci.slot', address(0x1f), asPci),
    function: fieldOf<Pick<HostDeviceDraft, 'pci'>>()('pci.function', address(7), asPci),
    type: same('the only kind', 'pci'),
  },
};

const pciSource: ElementTable<HostDeviceDraft> = {
  attributes: { writeFiltering: host('spec.pci.writeFiltering', yesNo) },
  children: {
    address: one(pciAddress as ElementTable<HostDeviceDraft>),
    origstates: aside({ whole: ignored('what libvirt remembers of a running machine') }),
  },
};

const usbSource: ElementTable<HostDeviceDraft> = {
  attributes: {
    startupPolicy: host('spec.usb.startupPolicy', wordOf('mandatory', 'requisite', 'optional')),
    guestReset: host('spec.usb.guestReset', wordOf('on', 'off', 'uninitialized')),
  },
  children: {
    vendor: one({ attributes: { id: host('usb.vendor', address(0xffff), { field: 'spec.usb.vendor' }) } }),
    product: one({ attributes: { id: host('usb.product', address(0xffff), { field: 'spec.usb.product' }) } }),
    address: one({
      attributes: {
        bus: host('spec.usb.bus', whole(0, 999)),
        device: host('spec.usb.device', whole(0, 999)),
        type: same('the only kind', 'usb'),
      },
    }),
  },
};

const mdevSource: ElementTable<HostDeviceDraft> = {
  children: { address: one({ attributes: { uuid: host('spec.mdev.uuid', uuid) } }) },
};

type Type = HostDeviceDraft['type'];

const MANAGED = 'the executor takes the device from the host and gives it back';

/** What each type of device says in its own attributes. */
const OWN = {
  pci: { managed: host('spec.pci.managed', yesNo), display: host('spec.pci.display', onOff) },
  usb: { managed: same(MANAGED, 'yes', 'no') },
  mdev: {
    managed: same(MANAGED, 'yes', 'no'),
    model: host('spec.mdev.model', wordOf('vfio-pci', 'vfio-ap', 'vfio-ccw')),
    display: host('spec.mdev.display', onOff),
    ramfb: host('spec.mdev.ramfb', onOff),
  },
  scsi: {
    managed: same(MANAGED, 'yes', 'no'),
    rawio: same('qemu is let send what its guest sends', 'no', 'yes'),
    sgio: same('the host lets through what it lets through', 'filtered'),
  },
  scsi_host: { managed: same(MANAGED, 'yes', 'no'), model: host('spec.scsiHost.model', virtioModels) },
} satisfies Record<Type, ElementTable<HostDeviceDraft>['attributes']>;

const member = (type: Type): string => (type === 'scsi_host' ? 'spec.scsiHost' : `spec.${type}`);

const table = (type: Type, source: ElementTable<HostDeviceDraft>): ElementTable<HostDeviceDraft> => ({
  attributes: { mode: selector('subsystem', member(type)), type: selector(type, member(type)), ...OWN[type] },
  children: {
    driver: one({
      attributes: {
        name: same('VFIO is the only way', 'vfio'),
        ...(type === 'pci' && { model: host('spec.pci.driver', text(64)) }),
      },
    }),
    source: one(source),
    ...(type === 'scsi' && {
      readonly: one({ present: host('spec.scsi.readOnly', presence) }),
      shareable: one({ present: host('spec.scsi.shareable', presence) }),
    }),
    boot: one({ attributes: { order: host('spec.bootOrder', whole(1)) } }),
    rom: one({ attributes: romRules<HostDeviceDraft>('spec.rom') }),
    alias,
    address: place<HostDeviceDraft>('spec.address', 'pci', 'usb', 'drive'),
  },
});

const tables = {
  pci: table('pci', pciSource),
  usb: table('usb', usbSource),
  mdev: table('mdev', mdevSource),
  scsi: table('scsi', scsi),
  iscsi: table('scsi', iscsi),
  scsi_host: table('scsi_host', scsiHost),
};

const isIscsi = (node: XmlElement): boolean => {
  const source = childOf(node, 'source');
  return source !== undefined && attributeOf(source, 'protocol') === 'iscsi';
};

const { iscsi: overNetwork, ...byType } = tables;

/** `<hostdev>`: a device of the node that the guest gets for itself. */
export const hostDevices = items<DomainDraft, HostDeviceDraft>({
  at: 'spec.hostDevices',
  list: (draft) => draft.hostDevices,
  make: (node, { hostDevices: list }) => ({
    spec: { name: `host${list.length}` },
    type: attributeOf(node, 'type') as Type,
  }),
  name: ({ spec }) => spec.name,
  table: (node) => {
    if (attributeOf(node, 'mode') === 'capabilities')
      return { whole: refused('devices of containers are not supported') };
    const found = byAttribute<Choice<HostDeviceDraft>>('type', byType)(node);
    return found === tables.scsi && isIscsi(node) ? overNetwork : found;
  },
  writes: ({ type, spec }) => (type === 'scsi' && spec.scsi?.network ? overNetwork : tables[type]),
});
