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
      .filter(({ model }) => String(model) === 'usb-net')
      .map(({ name }) => ({ id: interfaceDevice(name) })),
    ...controllers.filter(({ type }) => type === 'ccid').map(({ id, options }) => ({ id, address: options.address })),
    ...named(
      spec.inputs.filter(({ bus, type }) => bus === 'usb' && type !== 'evdev'),
      'input',
    ),
    ...named(
      spec.hostDevices.filter(({ usb }) => usb !== undefined),
      'host',
    ),
    ...named(
      spec.serials.filter(({ type }) => type === 'usb'),
      'serial',
    ),
    ...named(
      spec.sound.filter(({ model }) => model === 'usb'),
      'sound',
    ),
    ...named(spec.redirectedDevices, 'redirected'),
    ...named(
      spec.filesystems.filter(({ type }) => type === 'mtp'),
      'fs',
    ),
  ];
}

/** Ports in the order in which they are tried: those of the controllers before those of hubs on them. */
class Ports {
  readonly #free: Port[];
  readonly #given = new Map<string, Port>();

  constructor(controllers: readonly FoundController[]) {
    this.#free = controllers
      .filter((one) => one.type === 'usb' && !isServant(one))
      .flatMap((one) =>
        Array.from({ length: portsOf(one) }, (_, port) => ({ bus: one.index, path: String(port + 1) })),
      );
  }

  take(id: string, port: Port): void {
    this.#given.set(id, port);
    const index = this.#free.findIndex(({ bus, path }) => bus === port.bus && path === port.path);
    if (index >= 0) this.#free.splice(index, 1);
  }

  next(id: string, bus?: number): Port | undefined {
    const port = this.#free.find((one) => bus === undefined || one.bus === bus);
    if (port && !this.#given.has(id)) this.take(id, port);
    return this.#given.get(id);
  }

  /** A hub in a port has ports of its own. */
  extend(id: string): void {
    const at = this.#given.get(id);
    if (!at) return;
    for (let port = 1; port <= HUB_PORTS; port += 1) this.#free.push({ bus: at.bus, path: `${at.path}.${port}` });
    this.#free.sort((a, b) => a.bus - b.bus || depth(a) - depth(b));
  }

  get given(): ReadonlyMap<string, Port> {
    return this.#given;
  }
}

const depth = ({ path }: Port): number => path.split('.').length;

/** Which port each USB device is in, by qemu's id: those that the spec fixes, then the next free ones. */
function portsOfAll(board: Board): ReadonlyMap<string, Port> {
  const ports = new Ports(board.controllers);
  const fixed = (wanted: Wanted): void => {
    const at = wanted.address?.usb;
    if (at?.port !== undefined) ports.take(wanted.id, { bus: at.bus ?? 0, path: at.port });
  };
  const hubs = named(board.spec.hubs, 'hub');
  const all = devices(board);
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
