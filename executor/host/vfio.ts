import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Folder of the kernel's PCI bus. Source: Documentation/driver-api/vfio.rst, Documentation/ABI/testing/sysfs-bus-pci */
const BUS = '/sys/bus/pci';
export const VFIO = 'vfio-pci';

/** What the kernel says of one PCI function. */
export interface SeenFunction {
  readonly address: string;
  /** Nothing where no driver has it. */
  readonly driver?: string;
  /** The driver that alone may have it; nothing where every one may. */
  readonly override?: string;
  /** Nothing without an IOMMU. */
  readonly group?: string;
  /** Others that the IOMMU cannot tell from it, which have to be free as well. */
  readonly neighbours: readonly { readonly address: string; readonly driver?: string }[];
}

export interface WantedFunction {
  readonly address: string;
  /** Whether it may be taken from the node's own driver. */
  readonly managed: boolean;
  readonly driver: string;
}

/** One value for one file of sysfs. */
export interface SysfsWrite {
  readonly path: string;
  readonly value: string;
}

export type Rebind = { readonly writes: readonly SysfsWrite[] } | { readonly reason: string; readonly message: string };

/** Bridges stay with the kernel: VFIO lets them. */
const HARMLESS: readonly (string | undefined)[] = [undefined, 'pcieport', 'pci-stub', 'shpchp'];

const device = (address: string, file: string): string => join('devices', address, file);

/** How a function comes to the driver that hands it to a guest, or why it cannot. Pure. */
export function planTake(wanted: WantedFunction, seen: SeenFunction | undefined): Rebind {
  const { address, managed, driver } = wanted;
  if (!seen) return { reason: 'DeviceMissing', message: `the node has no PCI device ${address}` };
  if (seen.group === undefined) {
    return { reason: 'HostDeviceUnavailable', message: `${address} is behind no IOMMU; turn the node's IOMMU on` };
  }
  const held = seen.neighbours.filter((one) => !HARMLESS.includes(one.driver) && one.driver !== driver);
  if (held.length > 0) {
    const names = held.map((one) => `${one.address} (${one.driver})`).join(', ');
    const message = `${address} shares IOMMU group ${seen.group} with ${names}; give those to the machine as well, or free them`;
    return { reason: 'DeviceShared', message };
  }
  if (seen.driver === driver) return { writes: [] };
  if (!managed) {
    const has = seen.driver === undefined ? 'no driver' : `the driver ${seen.driver}`;
    return { reason: 'DeviceBound', message: `${address} has ${has}: bind it to ${driver}, or let it be managed` };
  }
  return {
    writes: [
      { path: device(address, 'driver_override'), value: driver },
      ...(seen.driver === undefined ? [] : [{ path: device(address, 'driver/unbind'), value: address }]),
      { path: 'drivers_probe', value: address },
    ],
  };
}

/** How a function that was taken goes back to the node. Pure. */
export function planGiveBack(seen: SeenFunction | undefined, driver: string): readonly SysfsWrite[] {
  if (!seen || seen.override !== driver) return [];
  const { address } = seen;
  return [
    // An empty line takes the override away.
    { path: device(address, 'driver_override'), value: '\n' },
    ...(seen.driver === undefined ? [] : [{ path: device(address, 'driver/unbind'), value: address }]),
    { path: 'drivers_probe', value: address },
  ];
}

const linkName = (path: string): Promise<string | undefined> =>
  readlink(path).then(
    (target) => basename(target),
    () => undefined,
  );

/** Looks at one function. @returns nothing where the node has none there */
export async function observeFunction(address: string, bus = BUS): Promise<SeenFunction | undefined> {
  const folder = join(bus, 'devices', address);
  const said = await readFile(join(folder, 'driver_override'), 'utf8').catch(() => undefined);
  if (said === undefined) return undefined;
  const [driver, group] = await Promise.all([linkName(join(folder, 'driver')), linkName(join(folder, 'iommu_group'))]);
  const members = await readdir(join(folder, 'iommu_group/devices')).catch(() => [] as string[]);
  const others = members.filter((one) => one !== address);
  const neighbours = await Promise.all(
    others.map(async (one) => {
      const its = await linkName(join(bus, 'devices', one, 'driver'));
      return { address: one, ...(its !== undefined && { driver: its }) };
    }),
  );
  const override = said.trim();
  return {
    address,
    neighbours,
    ...(driver !== undefined && { driver }),
    ...(override !== '' && override !== '(null)' && { override }),
    ...(group !== undefined && { group }),
  };
}

/** Carries writes out, in their order. */
export async function applyWrites(writes: readonly SysfsWrite[], bus = BUS): Promise<void> {
  for (const { path, value } of writes) await writeFile(join(bus, path), value);
}
