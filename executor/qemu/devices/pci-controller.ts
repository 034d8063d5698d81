import { parseSize } from '../../../schemas/types/size.ts';
import type { Board } from '../board.ts';
import type { Controller } from '../controllers.ts';
import { device } from '../options.ts';
import { toPlace } from '../pci/address.ts';
import type { PciModel } from '../pci/models.ts';
import type { PlacedController } from '../slots.ts';

type Options = NonNullable<Controller['pci']>;

/** Numbers that make a bridge or a port another one than the next; those of libvirt where the spec says nothing. */
type Numbers = (one: PlacedController, options: Options) => { readonly driver: string; readonly [p: string]: unknown };

/** libvirt: qemuDomainAssignPCIAddresses, at its end. */
const rootPort: Numbers = ({ index, address }, { device: driver = 'pcie-root-port', chassis, port, hotPlug }) => ({
  driver,
  port: port ?? address.slot * 8 + address.function,
  chassis: chassis ?? index,
  ...(hotPlug !== undefined && { hotplug: hotPlug }),
});

const reserve = ({ memoryReserve }: Options): object =>
  memoryReserve === undefined ? {} : { 'mem-reserve': Number(parseSize(memoryReserve)) };

const expander =
  (driver: string): Numbers =>
  (_, { busNumber, numaCell }) => ({
    driver,
    ...(busNumber !== undefined && { bus_nr: busNumber }),
    ...(numaCell !== undefined && { numa_node: numaCell }),
  });

const DRIVERS = {
  'pci-root': undefined,
  'pcie-root': undefined,
  'pci-bridge': ({ index }, options) => ({
    driver: 'pci-bridge',
    chassis_nr: options.chassis ?? index,
    ...reserve(options),
  }),
  'pcie-to-pci-bridge': (_, options) => ({ driver: 'pcie-pci-bridge', ...reserve(options) }),
  'dmi-to-pci-bridge': () => ({ driver: 'i82801b11-bridge' }),
  'pcie-root-port': (one, options) => ({ ...rootPort(one, options), ...reserve(options) }),
  'pcie-switch-upstream-port': () => ({ driver: 'x3130-upstream' }),
  'pcie-switch-downstream-port': (one, options) => ({
    ...rootPort(one, options),
    port: options.port ?? one.address.slot,
    driver: 'xio3130-downstream',
  }),
  'pci-expander-bus': expander('pxb'),
  'pcie-expander-bus': expander('pxb-pcie'),
} satisfies Record<PciModel, Numbers | undefined>;

/** Expanders take the highest numbers that leave room for the buses of those before. libvirt: qemuDomainAddressFindNewBusNr. */
function busNumbers(board: Board): ReadonlyMap<string, number> {
  const expanders = board.controllers.filter(({ model }) => model?.endsWith('expander-bus'));
  const chosen = expanders.flatMap(({ options }) => options.pci?.busNumber ?? []);
  let lowest = Math.min(256, ...chosen);
  const free = expanders.filter(({ options }) => options.pci?.busNumber === undefined);
  return new Map(
    free.map(({ id }) => {
      lowest -= 2;
      return [id, lowest];
    }),
  );
}

/** Every bridge and port of the PCI buses, each after the one that it is plugged into. Call it once all devices have a place. */
export function pciControllerArguments(board: Board): string[] {
  const numbers = busNumbers(board);
  const root = board.controllers.find(({ type, index }) => type === 'pci' && index === 0);
  const bridges = board.slots.controllers().flatMap((one) => {
    const options = board.controllers.find(({ id }) => id === one.id)?.options.pci ?? {};
    const busNumber = options.busNumber ?? numbers.get(one.id);
    const found = DRIVERS[one.model]?.(one, { ...options, busNumber });
    return found ? device({ ...found, id: one.id, ...toPlace(board.family, one.address) }) : [];
  });
  return [...hole(board, root?.options.pci?.hole64), ...hotPlug(board, root?.options.pci?.hotPlug), ...bridges];
}

/** Of the root bus of pc; a root port has a property of its own. libvirt: qemuBuildPMPCIRootHotplugCommandLine */
const hotPlug = ({ family }: Board, allowed: boolean | undefined): string[] =>
  family !== 'pc' || allowed === undefined
    ? []
    : ['-global', `PIIX4_PM.acpi-root-pci-hotplug=${allowed ? 'on' : 'off'}`];

const HOSTS = { q35: 'q35-pcihost', pc: 'i440FX-pcihost' } as const;

const hole = (board: Board, size: Options['hole64']): string[] =>
  size === undefined ? [] : ['-global', `${HOSTS[board.family]}.pci-hole64-size=${parseSize(size) / 1024n}K`];
