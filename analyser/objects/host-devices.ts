import type { DomainDraft, HostDeviceDraft, SpecDraft } from '../elements/draft.ts';
import type { Building } from './building.ts';

type HostDevice = NonNullable<SpecDraft['hostDevices']>[number];

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** `0000:65:00.0` of the parts that the XML has; none where it does not say which device. */
export function pciAddressOf(pci: HostDeviceDraft['pci']): string | undefined {
  if (pci?.bus === undefined && pci?.slot === undefined) return undefined;
  const { domain = 0, bus = 0, slot = 0, function: fn = 0 } = pci;
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;
}

/** The parts of `0000:65:00.0`. */
export function pciParts(address: string): NonNullable<HostDeviceDraft['pci']> {
  const [domain = 0, bus = 0, slot = 0, fn = 0] = address.split(/[:.]/).map((part) => Number(`0x${part}`));
  return { domain, bus, slot, function: fn };
}

type Found = Partial<HostDevice> | undefined;

/** Each kind of device, as the schema names it; nothing where the XML does not say which one. */
const CARRIERS = {
  pci: ({ pci, spec }) => {
    const address = pciAddressOf(pci);
    return address === undefined ? undefined : ({ pci: { ...spec.pci, address } } as Found);
  },
  usb: ({ usb, spec }) => {
    const vendor = usb?.vendor === undefined ? {} : { vendor: hex(usb.vendor, 4) };
    const product = usb?.product === undefined ? {} : { product: hex(usb.product, 4) };
    const said = { ...spec.usb, ...vendor, ...product };
    const known = said.device !== undefined || (said.vendor !== undefined && said.product !== undefined);
    return known ? { usb: said } : undefined;
  },
  mdev: ({ spec: { mdev } }) => (mdev?.uuid === undefined ? undefined : { mdev }),
  scsi: ({ spec: { scsi } }) => {
    const network = scsi?.network && { ...scsi.network, protocol: 'iscsi' as const };
    const known = network ?? (scsi?.adapter !== undefined && scsi.unit !== undefined);
    return known ? { scsi: { ...scsi, ...(network && { network }) } } : undefined;
  },
  scsi_host: ({ spec: { scsiHost } }) => (scsiHost?.wwpn === undefined ? undefined : { scsiHost }),
} satisfies Record<HostDeviceDraft['type'], (draft: HostDeviceDraft) => Found>;

const SCSI_UNITS = 7;

/** SCSI devices of the node without a place have the next free unit. Source: virDomainHostdevAssignAddress */
function withUnits(hosts: readonly HostDevice[]): HostDevice[] {
  const key = (controller = 0, unit = 0): string => `${controller}/${unit}`;
  const places = hosts.flatMap(({ address }) => (address?.drive ? [address.drive] : []));
  const taken = new Set(places.map(({ controller, unit }) => key(controller, unit)));
  return hosts.map((host) => {
    if (!host.scsi || host.address) return host;
    let index = 0;
    while (taken.has(key(Math.floor(index / SCSI_UNITS), index % SCSI_UNITS))) index += 1;
    const [controller, unit] = [Math.floor(index / SCSI_UNITS), index % SCSI_UNITS];
    taken.add(key(controller, unit));
    return { ...host, address: { drive: { controller, bus: 0, target: 0, unit } } };
  });
}

export function hostDevicesFromLibvirt({ draft, faults }: Building): void {
  if (draft.hostDevices.length === 0) return;
  const said = draft.hostDevices.map((device, index) => {
    const found = CARRIERS[device.type](device);
    if (!found) faults.push({ field: `spec.hostDevices[${index}]`, reason: '<source> does not say which device' });
    return { ...device.spec, ...found } as HostDevice;
  });
  draft.spec.hostDevices = withUnits(said);
}

const number = (digits: string | undefined): number | undefined =>
  digits === undefined ? undefined : Number(`0x${digits}`);

function draftOf(spec: HostDevice): HostDeviceDraft {
  const { pci, usb } = spec;
  if (pci) return { spec, type: 'pci', pci: pciParts(pci.address) };
  if (usb) {
    const [vendor, product] = [number(usb.vendor), number(usb.product)];
    const ids = { ...(vendor !== undefined && { vendor }), ...(product !== undefined && { product }) };
    return { spec, type: 'usb', usb: ids };
  }
  if (spec.mdev) return { spec, type: 'mdev' };
  return { spec, type: spec.scsi ? 'scsi' : 'scsi_host' };
}

export function hostDevicesToLibvirt(draft: DomainDraft): void {
  draft.hostDevices = (draft.spec.hostDevices ?? []).map(draftOf);
}
