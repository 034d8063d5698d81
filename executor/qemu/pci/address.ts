import type { Family } from '../board.ts';

/** A place on a PCI bus of the guest: its domain 0. */
export interface PciAddress {
  /** Number of the bus: the index of the controller that it belongs to. */
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
  /** Whether there are other functions in the slot; said of function 0. */
  readonly multifunction?: boolean;
}

/** As the spec has it: what is left out is 0. */
type Written = Partial<PciAddress> & { readonly domain?: number | undefined };

interface Placed {
  readonly address?: { readonly pci?: Written | undefined } | undefined;
}

/** The place that the spec fixes; all zeroes are no place, as in libvirt's virPCIDeviceAddressIsEmpty. */
export function fixedAddress(device: object): PciAddress | undefined {
  const { bus = 0, slot = 0, function: fn = 0, domain = 0, multifunction } = (device as Placed).address?.pci ?? {};
  if (bus === 0 && slot === 0 && domain === 0) return undefined;
  return { bus, slot, function: fn, ...(multifunction !== undefined && { multifunction }) };
}

export const sameAddress = (one: PciAddress, other: PciAddress): boolean =>
  one.bus === other.bus && one.slot === other.slot && one.function === other.function;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** `05:00.0`, as lspci writes it. */
export const formatAddress = ({ bus, slot, function: fn }: PciAddress): string =>
  `${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;

/** Reads `05:00.0`; nothing where it is something else. */
export function parseAddress(text: string): PciAddress | undefined {
  const [, bus, slot, fn] = /^([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/.exec(text) ?? [];
  if (bus === undefined || slot === undefined) return undefined;
  return { bus: Number.parseInt(bus, 16), slot: Number.parseInt(slot, 16), function: Number(fn) };
}

const ROOTS = { q35: 'pcie.0', pc: 'pci.0' } as const satisfies Record<Family, string>;

/** qemu's name of a bus: the board's own, or the controller's. */
export const busName = (family: Family, bus: number): string => (bus === 0 ? ROOTS[family] : `pci.${bus}`);

/** Where a device is plugged, as properties of it. */
export interface PciPlace {
  readonly bus: string;
  readonly addr: string;
  readonly multifunction?: boolean;
}

export const toPlace = (family: Family, address: PciAddress): PciPlace => ({
  bus: busName(family, address.bus),
  addr: `0x${address.slot.toString(16)}${address.function === 0 ? '' : `.0x${address.function.toString(16)}`}`,
  ...(address.multifunction !== undefined && { multifunction: address.multifunction }),
});
