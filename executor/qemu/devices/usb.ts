import type { Board } from '../board.ts';
import type { FoundController } from '../controllers.ts';
import { diskDevice, interfaceDevice } from '../identifiers.ts';
import { busOf } from './disk-bus.ts';

/** A port: number of the controller, and the way to it through hubs. */
interface Port {
  readonly bus: number;
  readonly path: string;
}

interface Wanted {
  readonly id: string;
  readonly address?:
    | { readonly usb?: { readonly bus?: number | undefined; readonly port?: string | undefined } | undefined }
    | undefined;
}

export const HUB_PORTS = 8;

/** Ports of each controller. Source: virDomainUSBAddressControllerModelToPorts of libvirt */
const PORTS: Readonly<Record<string, number>> = {
  'piix3-uhci': 2,
  'piix4-uhci': 2,
  'vt82c686b-uhci': 2,
  'pci-ohci': 3,
  ehci: 6,
  'ich9-ehci1': 6,
  'qemu-xhci': 4,
  'nec-xhci': 4,
};

/** Companions serve the ports of their master. */
const isServant = ({ model }: FoundController): boolean => model?.startsWith('ich9-uhci') ?? false;

const portsOf = ({ model, options }: FoundController): number => options.ports ?? PORTS[model ?? ''] ?? 0;

const named = (
  list: readonly { readonly name: string; readonly address?: Wanted['address'] }[],
  prefix: string,
): Wanted[] => list.map(({ name, address }) => ({ id: `${prefix}-${name}`, address }));

/** Everything on USB but hubs, in the order in which libvirt gives ports out (virDomainUSBDeviceDefForeach). */
function devices({ spec, controllers }: Board): Wanted[] {
  return [
    ...spec.disks
      .filter((disk) => busOf(disk) === 'usb')
      .map(({ name, address }) => ({ id: diskDevice(name), address })),
    ...spec.interfaces
      .filter(({ model }) => model === 'usb-net')
      .map(({ name, address }) => ({ id: interfaceDevice(name), address })),
    ...named(
      spec.sound.filter(({ model }) => model === 'usb'),
      'sound',
    ),
    ...named(
      spec.hostDevices.filter(({ usb }) => usb !== undefined),
      'host',
    ),
    ...controllers.filter(({ type }) => type === 'ccid').map(({ id, options }) => ({ id, address: options.address })),
    ...named(
      spec.serials.filter(({ type }) => type === 'usb'),
      'serial',
    ),
    ...named(
      spec.inputs.filter(({ bus, type }) => bus === 'usb' && type !== 'evdev'),
      'input',
    ),
    ...named(
      spec.filesystems.filter(({ type }) => type === 'mtp'),
      'fs',
    ),
    ...named(spec.redirectedDevices, 'redirected'),
  ];
}

/** A controller or a hub: what is in each of its ports, and the hubs among that. */
interface Hub {
  readonly count: number;
  readonly taken: Set<number>;
  readonly hubs: Map<number, Hub>;
}

const emptyHub = (count: number): Hub => ({ count, taken: new Set(), hubs: new Map() });

/** A port of its own first, then one of the hubs in them. Source: virDomainUSBAddressFindFreePort of libvirt */
function freePort(hub: Hub): number[] | undefined {
  for (let port = 1; port <= hub.count; port += 1) if (!hub.taken.has(port)) return [port];
  for (const [port, next] of [...hub.hubs].sort(([a], [b]) => a - b)) {
    const found = freePort(next);
    if (found) return [port, ...found];
  }
  return undefined;
}

class Ports {
  readonly #roots: Map<number, Hub>;
  readonly given = new Map<string, Port>();

  constructor(controllers: readonly FoundController[]) {
    const masters = controllers.filter((one) => one.type === 'usb' && !isServant(one));
    this.#roots = new Map(masters.map((one) => [one.index, emptyHub(portsOf(one))]));
  }

  /** The hub in whose port something is, and the port. */
  #place({ bus, path }: Port): { hub: Hub | undefined; port: number } {
    const steps = path.split('.').map(Number);
    const port = steps.pop() ?? 0;
    const hub = steps.reduce<Hub | undefined>((at, step) => at?.hubs.get(step), this.#roots.get(bus));
    return { hub, port };
  }

  take(id: string, port: Port): void {
    this.given.set(id, port);
    const { hub, port: number } = this.#place(port);
    hub?.taken.add(number);
  }

  next(id: string, wanted?: number): void {
    if (this.given.has(id)) return;
    for (const [bus, root] of this.#roots) {
      const path = wanted === undefined || wanted === bus ? freePort(root) : undefined;
      if (path) {
        this.take(id, { bus, path: path.join('.') });
        return;
      }
    }
  }

  /** A hub in a port has ports of its own. */
  extend(id: string): void {
    const at = this.given.get(id);
    if (!at) return;
    const { hub, port } = this.#place(at);
    hub?.hubs.set(port, emptyHub(HUB_PORTS));
  }
}

/** Hubs for what finds no port on the controllers and hubs that are there. Source: qemuDomainUSBAddressAddHubs of libvirt */
export function addedHubs(board: Board): string[] {
  const ports = board.controllers.filter((one) => one.type === 'usb' && !isServant(one)).map(portsOf);
  const own = ports.reduce((sum, count) => sum + count, 0);
  const missing = devices(board).length - own - board.spec.hubs.length * (HUB_PORTS - 1);
  if (own === 0 || missing <= 0) return [];
  return Array.from({ length: Math.ceil((missing + 1) / (HUB_PORTS - 1)) }, (_, index) => `hub-added-${index}`);
}

/** Which port each USB device is in, by qemu's id: those that the spec fixes, then the next free ones. */
function portsOfAll(board: Board): ReadonlyMap<string, Port> {
  const ports = new Ports(board.controllers);
  const fixed = (wanted: Wanted): void => {
    const at = wanted.address?.usb;
    if (at?.port !== undefined) ports.take(wanted.id, { bus: at.bus ?? 0, path: at.port });
  };
  const all = devices(board);
  const hubs: Wanted[] = [...named(board.spec.hubs, 'hub'), ...addedHubs(board).map((id) => ({ id }))];
  for (const one of [...hubs, ...all]) fixed(one);
  for (const hub of hubs) {
    ports.next(hub.id, hub.address?.usb?.bus);
    ports.extend(hub.id);
  }
  for (const one of all) ports.next(one.id, one.address?.usb?.bus);
  return ports.given;
}

const KNOWN = new WeakMap<Board, ReadonlyMap<string, Port>>();

/** Where a USB device is plugged in; a device beyond the last port is left to qemu, which says so. */
export function usbPlace(board: Board, id: string): { readonly bus: string; readonly port?: string } {
  const known = KNOWN.get(board) ?? portsOfAll(board);
  KNOWN.set(board, known);
  const port = known.get(id);
  const controller = board.controllers.find(
    (one) => one.type === 'usb' && one.index === (port?.bus ?? 0) && !isServant(one),
  );
  return { bus: `${controller?.id ?? 'usb'}.0`, ...(port && { port: port.path }) };
}
