import type { Fault } from '../objects/building.ts';
import { attributeOf, childAttribute, childElements, childOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { devicesNamed, duplicates } from './domain.ts';

/** Kind of address that a disk of each bus has. Source: virDomainDiskAddressDiskBusCompatibility */
const ADDRESSES: Readonly<Record<string, string>> = {
  virtio: 'pci',
  scsi: 'drive',
  sata: 'drive',
  ide: 'drive',
  fdc: 'drive',
  usb: 'usb',
};

const busOf = (disk: XmlElement): string => childAttribute(disk, 'target', 'bus') ?? '';

/** The address of a disk is of its bus, and one disk's only; a USB stick is never empty. */
export function diskAddresses(domain: XmlElement): Fault[] {
  const disks = devicesNamed(domain, 'disk');
  const wrong = disks.filter((disk) => {
    const type = childAttribute(disk, 'address', 'type');
    const wanted = Object.hasOwn(ADDRESSES, busOf(disk)) ? ADDRESSES[busOf(disk)] : undefined;
    return type !== undefined && wanted !== undefined && type !== wanted;
  });
  const empty = disks.filter((disk) => busOf(disk) === 'usb' && !childOf(disk, 'source'));
  return [
    ...wrong.map((disk) => ({
      xpath: `${xpathOf(disk)}/address/@type`,
      reason: `is no address of the bus ${busOf(disk)}`,
    })),
    ...duplicates(disks, unitOf).map((disk) => ({
      xpath: `${xpathOf(disk)}/address`,
      reason: 'is the place of two disks',
    })),
    ...empty.map((disk) => ({ xpath: `${xpathOf(disk)}/target/@bus`, reason: 'cannot be empty' })),
  ];
}

function unitOf(disk: XmlElement): string | undefined {
  const address = childOf(disk, 'address');
  if (!address || attributeOf(address, 'type') !== 'drive') return undefined;
  const parts = ['controller', 'bus', 'target', 'unit'].map((name) => Number(attributeOf(address, name) ?? 0));
  return `${busOf(disk)} ${parts.join(' ')}`;
}

/** A device of the host goes to a guest once. */
export function hostDevicesOnce(domain: XmlElement): Fault[] {
  const devices = devicesNamed(domain, 'hostdev');
  return duplicates(devices, sourceOf).map((device) => ({
    xpath: xpathOf(device),
    reason: 'is given to the machine twice',
  }));
}

/** All that says which device of the host it is, however it is spelled. */
function sourceOf(device: XmlElement): string | undefined {
  const source = childOf(device, 'source');
  if (!source || !['pci', 'usb', 'mdev', 'scsi'].includes(attributeOf(device, 'type') ?? '')) return undefined;
  const facts = childElements(source).flatMap(({ name, attributes }) =>
    attributes.map((one) => `${name} ${one.name} ${/^0x[0-9a-f]+$/i.test(one.value) ? Number(one.value) : one.value}`),
  );
  const own = source.attributes.map((one) => `${one.name} ${one.value}`);
  return facts.length === 0 ? undefined : [...own, ...facts.sort()].join(', ');
}

/** Without a graphics card there is no other one. */
export function noVideo(domain: XmlElement): Fault[] {
  const cards = devicesNamed(domain, 'video');
  const none = cards.find((card) => childAttribute(card, 'model', 'type') === 'none');
  return none && cards.length > 1
    ? [{ xpath: `${xpathOf(none)}/model/@type`, reason: 'must be the only graphics card' }]
    : [];
}
