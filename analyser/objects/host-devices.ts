import type { DomainDraft, HostDeviceDraft, SpecDraft } from '../elements/draft.ts';
import type { Building } from './building.ts';

type HostDevice = NonNullable<SpecDraft['hostDevices']>[number];

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

export function hostDevicesFromLibvirt({ draft, faults }: Building): void {
  if (draft.hostDevices.length === 0) return;
  draft.spec.hostDevices = draft.hostDevices.map((device, index) => {
    const found = CARRIERS[device.type](device);
    if (!found) faults.push({ field: `spec.hostDevices[${index}]`, reason: '<source> does not say which device' });
    return { name: device.name, ...found };
  });
}

/** Each kind of device, as the schema names it. */
const CARRIERS = {
  pci: ({ pci }) => {
    if (pci?.bus === undefined || pci.slot === undefined) return undefined;
    const { domain = 0, bus, slot, function: fn = 0 } = pci;
    return { pci: { address: `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}` } };
  },
  usb: ({ usb }) =>
    usb?.vendor === undefined || usb.product === undefined
      ? undefined
      : { usb: { vendor: hex(usb.vendor, 4), product: hex(usb.product, 4) } },
  mdev: ({ mdev }) => (mdev === undefined ? undefined : { mdev: { uuid: mdev } }),
} satisfies Record<HostDeviceDraft['type'], (draft: HostDeviceDraft) => Omit<HostDevice, 'name'> | undefined>;

export function hostDevicesToLibvirt(draft: DomainDraft): void {
  draft.hostDevices = (draft.spec.hostDevices ?? []).map(({ name, pci, usb, mdev }) => {
    if (usb)
      return { name, type: 'usb', usb: { vendor: Number(`0x${usb.vendor}`), product: Number(`0x${usb.product}`) } };
    if (mdev) return { name, type: 'mdev', mdev: mdev.uuid };
    const [domain = 0, bus = 0, slot = 0, fn = 0] = (pci?.address ?? '')
      .split(/[:.]/)
      .map((part) => Number(`0x${part}`));
    return { name, type: 'pci', pci: { domain, bus, slot, function: fn } };
  });
}
