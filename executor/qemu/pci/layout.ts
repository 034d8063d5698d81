import type { Family } from '../board.ts';
import { Refusal } from '../refusal.ts';
import type { PciAddress } from './address.ts';
import { AddressSet, refuseAddress } from './address-set.ts';
import { CHIPSETS, type Round } from './chipset.ts';
import { type Connect, isRoot, type PciModel } from './models.ts';
import type { Request } from './request.ts';

/** A PCI controller that there is, or that a device needs. */
export interface PciController {
  readonly index: number;
  readonly model: PciModel;
}

export interface LayoutInput {
  readonly family: Family;
  /** Of the spec, and of an earlier start. */
  readonly controllers: readonly PciController[];
  /** The controllers' own places among them, in libvirt's order. */
  readonly requests: readonly Request[];
  /** Places that devices had at an earlier start, by id. */
  readonly recorded: ReadonlyMap<string, PciAddress>;
  /** Free root ports that q35 keeps: those that a spec asks for, and where it does not, some only beside others. */
  readonly spare: { readonly count: number; readonly asked: boolean };
}

export interface Layout {
  /** Model of each bus, by number. */
  readonly models: readonly PciModel[];
  readonly placed: ReadonlyMap<string, PciAddress>;
}

const ROOT = { q35: 'pcie-root', pc: 'pci-root' } as const satisfies Record<Family, PciModel>;
/** Fills gaps between the numbers that a spec names. */
const FILLER = { q35: 'pcie-root-port', pc: 'pci-bridge' } as const satisfies Record<Family, PciModel>;

export const controllerId = (index: number): string => `pci.${index}`;

/** A controller of ours that no spec names. */
const automatic = ({ index, model }: PciController): Request => ({
  id: controllerId(index),
  field: `spec.controllers[pci ${index}].address`,
  connect: model as Connect,
});

/**
 * Gives every device its place as libvirt does (qemuDomainAssignPCIAddresses): a first round finds out which controllers are
 * needed, a second one, in which they are there from the start, gives the places. @throws Refusal
 */
export function layOut(input: LayoutInput): Layout {
  const known = modelsOf(input);
  const dry = roundOf(known, true);
  giveOut(dry, input, input.requests, true);
  const models = dry.set.models;
  const added = models
    .map((model, index): PciController => ({ index, model }))
    .filter(({ index, model }) => !isRoot(model) && !input.requests.some(({ id }) => id === controllerId(index)));
  const round = roundOf(models, false);
  giveOut(round, input, [...input.requests, ...added.map(automatic)].sort(controllersFirst), false);
  return { models, placed: withMultifunction(round.placed) };
}

const roundOf = (models: readonly PciModel[], grows: boolean): Round => ({
  set: new AddressSet(models, grows),
  placed: new Map(),
});

/** Controllers by their numbers come first; everything else stays in its order. */
function controllersFirst(one: Request, other: Request): number {
  const [a, b] = [one, other].map(({ id }) => (id.startsWith('pci.') ? Number(id.slice(4)) : Number.POSITIVE_INFINITY));
  return a === b ? 0 : Number(a) - Number(b);
}

function modelsOf({ family, controllers }: LayoutInput): PciModel[] {
  const last = Math.max(0, ...controllers.map(({ index }) => index));
  const found = (index: number): PciModel | undefined => controllers.find((one) => one.index === index)?.model;
  return Array.from({ length: last + 1 }, (_, index) => found(index) ?? (index === 0 ? ROOT : FILLER)[family]);
}

function giveOut(round: Round, input: LayoutInput, requests: readonly Request[], dry: boolean): void {
  const { family } = input;
  for (const request of requests) takeFixed(round, request, family);
  for (const request of requests) takeRecorded(round, request, input.recorded);
  CHIPSETS[family](round, requests);
  const hasRoom = dry && family === 'pc' && !round.set.full;
  if (hasRoom) round.set.next({ connect: 'pci' });
  for (const request of requests) if (!round.placed.has(request.id)) assign(round, request, requests, family);
  const { count, asked } = input.spare;
  if (dry && family === 'q35' && (asked || round.set.models.length > 1)) {
    for (let spare = 0; spare < count; spare += 1) round.set.next({ connect: 'pcie' });
  }
}

/** On pc these are only taken by the chipset, which insists on their place. */
const isChipsets = ({ role }: Request, family: Family): boolean =>
  family === 'pc' ? role === 'first-ide' || role === 'first-usb' : role === 'first-sata';

function takeFixed({ set, placed }: Round, request: Request, family: Family): void {
  const { fixed } = request;
  if (!fixed || isChipsets(request, family)) return;
  set.growTo(fixed.bus, request);
  const why = set.whyNot(fixed, request);
  if (why !== undefined) refuseAddress(request.field, why);
  set.reserve(fixed, request);
  placed.set(request.id, fixed);
}

/** A place from an earlier start, unless the spec has given it to somebody else since. */
function takeRecorded({ set, placed }: Round, request: Request, recorded: LayoutInput['recorded']): void {
  const before = recorded.get(request.id);
  if (!before || placed.has(request.id) || set.whyNot(before, request) !== undefined) return;
  set.reserve(before, request);
  placed.set(request.id, before);
}

function assign(round: Round, request: Request, requests: readonly Request[], family: Family): void {
  const { set, placed } = round;
  const found = shared(round, request, requests) ?? set.next(request, request.companion?.function);
  if (!found) {
    const message = `the board ${family} has no room for ${request.id}; remove a device or use q35`;
    throw new Refusal('TooManyDevices', request.field.replace(/\.address$/, ''), message);
  }
  placed.set(request.id, request.companion?.function === 0 ? { ...found, multifunction: true } : found);
}

/** The slot that another part of a USB 2 controller has already. */
function shared({ set, placed }: Round, request: Request, requests: readonly Request[]): PciAddress | undefined {
  const { companion } = request;
  if (!companion) return undefined;
  const other = requests.find(({ id, companion: its }) => its?.index === companion.index && placed.has(id));
  const first = other && placed.get(other.id);
  if (!first) return undefined;
  const place = { bus: first.bus, slot: first.slot, function: companion.function };
  set.reserve(place, request);
  return place;
}

/** Function 0 says that there are others, unless the spec says that it does not. libvirt: virDomainPCIAddressSetAllMulti. */
function withMultifunction(placed: ReadonlyMap<string, PciAddress>): Map<string, PciAddress> {
  const crowded = new Set(
    [...placed.values()].filter(({ function: fn }) => fn !== 0).map(({ bus, slot }) => `${bus}:${slot}`),
  );
  return new Map(
    [...placed].map(([id, address]) => {
      const says = address.multifunction === undefined && address.function === 0;
      const multifunction = says && crowded.has(`${address.bus}:${address.slot}`);
      return [id, multifunction ? { ...address, multifunction } : address] as const;
    }),
  );
}
