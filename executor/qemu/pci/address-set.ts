import { Refusal } from '../refusal.ts';
import { formatAddress, type PciAddress } from './address.ts';
import { BUS_MODELS, type BusModel, type Connect, isEndpoint, type PciModel } from './models.ts';

interface Slot {
  /** A bit for each function. */
  functions: number;
  /** Whether its first device shares the slot with others of its kind. */
  shared: boolean;
}

interface Bus {
  readonly model: PciModel;
  readonly slots: Slot[];
  /** In place of what its model accepts. */
  readonly accepts?: readonly Connect[];
}

export interface Wanted {
  readonly connect: Connect;
  /** A part of the board: on its own bus only. */
  readonly integrated?: boolean | undefined;
}

/** Root ports share a slot, a function for each. */
const shares = (connect: Connect): boolean => connect === 'pcie-root-port';

/** Which places of a machine's buses are taken. Follows libvirt's src/conf/domain_addr.c step by step. */
export class AddressSet {
  readonly #buses: Bus[] = [];
  readonly #grows: boolean;

  /** @param grows whether buses may be added for what finds no place */
  constructor(models: readonly PciModel[], grows: boolean) {
    this.#grows = grows;
    for (const model of models) this.#add(model);
  }

  get models(): readonly PciModel[] {
    return this.#buses.map(({ model }) => model);
  }

  inUse({ bus, slot }: Pick<PciAddress, 'bus' | 'slot'>): boolean {
    return (this.#slot(bus, slot)?.functions ?? 0) !== 0;
  }

  /** Whether no slot of any bus is left. */
  get full(): boolean {
    return this.#buses.every(({ model }, bus) => slotsOf(model).every((slot) => this.inUse({ bus, slot })));
  }

  /** Why a place that somebody chose cannot be had; nothing where it can. */
  whyNot(address: PciAddress, wanted: Wanted): string | undefined {
    const bus = this.#buses[address.bus];
    if (!bus) return `there is no PCI controller with the index ${address.bus}`;
    if (!this.#compatible(bus, address.bus, wanted, true))
      return `a ${bus.model} takes no ${isEndpoint(wanted.connect) ? 'device' : wanted.connect}`;
    if (!slotsOf(bus.model).includes(address.slot)) return `a ${bus.model} has no slot ${address.slot}`;
    const taken = (this.#slot(address.bus, address.slot)?.functions ?? 0) & (1 << address.function);
    return taken === 0 ? undefined : `${formatAddress(address)} is taken`;
  }

  reserve(address: PciAddress, wanted: Wanted): void {
    const slot = this.#slot(address.bus, address.slot);
    if (!slot) return;
    if (slot.functions === 0) slot.shared = shares(wanted.connect);
    slot.functions |= 1 << address.function;
  }

  /** Adds buses until an address that somebody chose is on one. */
  growTo(bus: number, wanted: Wanted): void {
    if (bus >= this.#buses.length && this.#grows) this.#grow(bus, wanted);
  }

  /**
   * Takes the next free place. @param fn function that is wanted, where it matters
   * @returns nothing where there is none and none can be added
   */
  next(wanted: Wanted, fn?: number): PciAddress | undefined {
    const found = this.#find(wanted, fn) ?? (this.#grows ? this.#grow(this.#buses.length, wanted) : undefined);
    if (found) this.reserve(found, wanted);
    return found;
  }

  #find(wanted: Wanted, fn: number | undefined): PciAddress | undefined {
    for (const [index, bus] of this.#buses.entries()) {
      if (!this.#compatible(bus, index, wanted, false)) continue;
      for (const slot of slotsOf(bus.model)) {
        const free = freeFunction(bus.slots[slot], wanted.connect, fn);
        if (free !== undefined) return { bus: index, slot, function: free };
      }
    }
    return undefined;
  }

  #compatible(bus: Bus, index: number, { connect, integrated }: Wanted, chosen: boolean): boolean {
    const model: BusModel = BUS_MODELS[bus.model];
    const accepts = bus.accepts ?? model.accepts;
    if (chosen) {
      const takesDevices = accepts.some(isEndpoint);
      return accepts.includes(connect) || (takesDevices && (isEndpoint(connect) || connect === 'pci-bridge'));
    }
    if (integrated && index !== 0) return false;
    if (isEndpoint(connect) && !model.automatic && !integrated) return false;
    return accepts.includes(connect);
  }

  /** Adds what a device needs to be plugged into. libvirt: virDomainPCIAddressSetGrow. */
  #grow(bus: number, { connect }: Wanted): PciAddress | undefined {
    if (connect === 'pcie' || connect === 'pcie-switch-upstream-port' || connect === 'pcie-to-pci-bridge') {
      while (this.#buses.length <= bus) this.#add('pcie-root-port');
    } else if (connect === 'pci') this.#growConventional(bus);
    else return undefined;
    const last = this.#buses.length - 1;
    const model = this.#buses[last]?.model;
    return model && { bus: last, slot: BUS_MODELS[model].slots[0], function: 0 };
  }

  /** A board that is PCI Express only gets a root port with a bridge in it. */
  #growConventional(bus: number): void {
    const hasBridges = this.#buses.some(({ model }) => (BUS_MODELS[model] as BusModel).accepts.includes('pci-bridge'));
    if (!hasBridges) {
      this.#add('pcie-root-port', ['pcie-to-pci-bridge']);
      this.#add('pcie-to-pci-bridge');
    }
    while (this.#buses.length <= bus) this.#add('pci-bridge');
  }

  #add(model: PciModel, accepts?: readonly Connect[]): void {
    const slots = Array.from({ length: BUS_MODELS[model].slots[1] + 1 }, () => ({ functions: 0, shared: false }));
    this.#buses.push({ model, slots, ...(accepts && { accepts }) });
  }

  #slot(bus: number, slot: number): Slot | undefined {
    return this.#buses[bus]?.slots[slot];
  }
}

function slotsOf(model: PciModel): number[] {
  const [first, last] = BUS_MODELS[model].slots;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

const FUNCTIONS = 8;

function freeFunction(slot: Slot | undefined, connect: Connect, fn: number | undefined): number | undefined {
  if (!slot) return undefined;
  if (slot.functions === 0) return fn ?? 0;
  if (!slot.shared || !shares(connect)) return undefined;
  return Array.from({ length: FUNCTIONS }, (_, index) => index).find((index) => (slot.functions & (1 << index)) === 0);
}

/** @throws always */
export function refuseAddress(field: string, why: string): never {
  throw new Refusal('PciAddress', field, why);
}
