import type { Fault } from '../objects/building.ts';
import { attributeOf, childOf, type XmlElement, xpathOf } from '../xml/infoset.ts';
import { devicesNamed, devicesOf, duplicates, familyOf } from './domain.ts';

const number = (node: XmlElement, name: string): number => Number(attributeOf(node, name) ?? 0);

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** `0000:00:1f.2`; none for no address and for all zeroes, which libvirt takes for none. */
function placeOf(device: XmlElement): string | undefined {
  const address = childOf(device, 'address');
  if (!address || attributeOf(address, 'type') !== 'pci') return undefined;
  const [domain, bus, slot, fn] = ['domain', 'bus', 'slot', 'function'].map((name) => number(address, name));
  const place = `${hex(domain ?? 0, 4)}:${hex(bus ?? 0, 2)}:${hex(slot ?? 0, 2)}.${fn}`;
  return place === '0000:00:00.0' ? undefined : place;
}

/** Devices of the chipset that are always there, and the controller that may say so. */
const CHIPSET = {
  pc: { '0000:00:01.0': undefined, '0000:00:01.1': 'ide' },
  q35: { '0000:00:1f.0': undefined, '0000:00:1f.2': 'sata' },
} satisfies Record<'pc' | 'q35', Readonly<Record<string, string | undefined>>>;

function isChipsets(domain: XmlElement, device: XmlElement): boolean {
  const taken: Readonly<Record<string, string | undefined>> = CHIPSET[familyOf(domain)];
  const place = placeOf(device) ?? '';
  return Object.hasOwn(taken, place) && (device.name !== 'controller' || attributeOf(device, 'type') !== taken[place]);
}

const at = (device: XmlElement): string => `${xpathOf(device)}/address`;

/** Two devices cannot be at one address; a console is the serial port once more. */
export function pciAddresses(domain: XmlElement): Fault[] {
  const devices = devicesOf(domain).filter(({ name }) => name !== 'console');
  const conflicts = [...duplicates(devices, placeOf), ...devices.filter((device) => isChipsets(domain, device))];
  return conflicts.map((device) => ({
    xpath: at(device),
    reason: `is the PCI address ${placeOf(device)}, which is taken`,
  }));
}

const ROOTS = { pc: 'pci-root', q35: 'pcie-root' } as const;

/** The root of the PCI tree is the board's: it has no address, the index 0, and the board's model. */
export function pciRoots(domain: XmlElement): Fault[] {
  const pci = devicesNamed(domain, 'controller').filter((one) => attributeOf(one, 'type') === 'pci');
  const roots = pci.filter((one) => Object.values<string | undefined>(ROOTS).includes(attributeOf(one, 'model')));
  const wanted = ROOTS[familyOf(domain)];
  const faults: Fault[] = roots.flatMap((root): Fault[] => [
    ...(childOf(root, 'address') ? [{ xpath: at(root), reason: 'is an address for a root, which has none' }] : []),
    ...(number(root, 'index') === 0 ? [] : [{ xpath: `${xpathOf(root)}/@index`, reason: 'must be 0 for a root' }]),
    ...(attributeOf(root, 'model') === wanted
      ? []
      : [{ xpath: `${xpathOf(root)}/@model`, reason: `is not the root of this machine type; ${wanted} is` }]),
  ]);
  const twice = duplicates(pci, (one) => attributeOf(one, 'index'));
  return [
    ...faults,
    ...twice.map((one) => ({ xpath: `${xpathOf(one)}/@index`, reason: 'is the index of two PCI controllers' })),
  ];
}

const EXPRESS = /^pcie-(expander-bus|root-port|switch-.*)$/;

/** A board without PCI Express has no ports of it. Source: qemuValidateDomainDeviceDefControllerPCI */
export const pciFamilies = (domain: XmlElement): Fault[] =>
  familyOf(domain) === 'q35'
    ? []
    : devicesNamed(domain, 'controller')
        .filter((one) => attributeOf(one, 'type') === 'pci' && EXPRESS.test(attributeOf(one, 'model') ?? ''))
        .map((one) => ({ xpath: `${xpathOf(one)}/@model`, reason: 'needs PCI Express: the machine type q35' }));

const MOST_OF_ADDRESS = { domain: 0xffff, bus: 0xff, slot: 0x1f, function: 7 } as const;

/** How far the numbers of an address go. Source: virPCIDeviceAddressIsValid */
export const pciBounds = (domain: XmlElement): Fault[] =>
  devicesOf(domain).flatMap((device) => {
    const address = childOf(device, 'address');
    if (!address || attributeOf(address, 'type') !== 'pci') return [];
    return Object.entries(MOST_OF_ADDRESS).flatMap(([name, most]) =>
      number(address, name) > most
        ? [{ xpath: `${at(device)}/@${name}`, reason: `must be at most 0x${most.toString(16)}` }]
        : [],
    );
  });

/** Slots 1 to 30 of the root, eight functions each: 0 is the host bridge, 31 the chipset. */
const ROOT_PORTS = 240;

/** Source: qemuDomainAssignPCIAddresses */
export const rootPorts = (domain: XmlElement): Fault[] =>
  devicesNamed(domain, 'controller')
    .filter((one) => attributeOf(one, 'model') === 'pcie-root-port')
    .slice(ROOT_PORTS)
    .map((one) => ({ xpath: `${xpathOf(one)}/@model`, reason: 'has no slot left: a PCI root has room for 240 ports' }));
