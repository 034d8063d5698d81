import type { Family } from './board.ts';
import type { FoundController } from './controllers.ts';
import type { CompleteSpec } from './defaults.ts';
import type { Slots } from './input.ts';
import { formatAddress, type PciAddress, type PciPlace, parseAddress, toPlace } from './pci/address.ts';
import { AddressSet, refuseAddress } from './pci/address-set.ts';
import { inventory } from './pci/inventory.ts';
import { controllerId, type Layout, layOut, type PciController } from './pci/layout.ts';
import { type Connect, isPciModel, isRoot } from './pci/models.ts';
import type { Request } from './pci/request.ts';
import { Refusal } from './refusal.ts';

export type { PciPlace } from './pci/address.ts';

/** What a device that no inventory lists is plugged into: a port takes PCI Express, the board conventional cards. */
export type Place = 'port' | 'board';

/** A PCI controller with its place. */
export interface PlacedController extends PciController {
  readonly id: string;
  readonly address: PciAddress;
}

/** Which places of a board are taken. */
export interface SlotTable {
  /** @throws Refusal where there is no room */
  place(id: string, place: Place): PciPlace;
  /** The places given out, to keep for the next start. */
  taken(): Slots;
  /** The bridges and ports, each after the one that it is plugged into. */
  controllers(): readonly PlacedController[];
}

/** Free ports that a running q35 has for what is plugged in later, where the spec says nothing. */
const SPARE_PORTS = 4;

interface Parts {
  readonly family: Family;
  readonly spec: CompleteSpec;
  readonly controllers: readonly FoundController[];
  readonly previous: Slots;
  /** Ids of the devices of a running machine: they keep their places, also those that its spec says nothing of any more. */
  readonly present?: ReadonlySet<string> | undefined;
}

/** Under this key the record says which board its places are of. */
const BOARD = 'board';

interface Recorded {
  readonly places: ReadonlyMap<string, PciAddress>;
  readonly controllers: readonly PciController[];
}

/** `05:00.0` of a device, `pcie-root-port 00:02.0` of a controller that no spec names. */
function readRecord({ previous, family }: Parts): Recorded {
  const places = new Map<string, PciAddress>();
  const controllers: PciController[] = [];
  if (previous[BOARD] !== family) return { places, controllers };
  for (const [id, text] of Object.entries(previous)) {
    const [at = '', model] = text.split(' ').reverse();
    const address = parseAddress(at);
    if (address) places.set(id, address);
    if (address && isPciModel(model)) controllers.push({ index: Number(id.slice('pci.'.length)), model });
  }
  return { places, controllers };
}

function layOutOf(parts: Parts, record: Recorded): Layout {
  const { family, spec, controllers } = parts;
  const requests = inventory(spec, controllers, family);
  const named = controllers.flatMap(({ type, index, model }) =>
    type === 'pci' && isPciModel(model) ? [{ index, model }] : [],
  );
  const kept = record.controllers.filter(({ index }) => !named.some((one) => one.index === index));
  const automatic = kept.map(
    ({ index, model }): Request => ({ id: controllerId(index), field: 'spec', connect: model as Connect }),
  );
  const asked = spec.machine.hotPlugPorts;
  const spare = { count: asked ?? SPARE_PORTS, asked: asked !== undefined };
  const known = new Set([...automatic, ...requests].map(({ id }) => id));
  const staying = [...record.places.keys()]
    .filter((id) => parts.present?.has(id) && !known.has(id))
    .map((id): Request => ({ id, field: 'spec', connect: connectOf('port', family) }));
  const all = {
    controllers: [...named, ...kept],
    requests: [...automatic, ...staying, ...requests],
    recorded: record.places,
  };
  return layOut({ family, spare, ...all });
}

export function createSlots(parts: Parts): SlotTable {
  const { family, controllers } = parts;
  const layout = layOutOf(parts, readRecord(parts));
  const placed = new Map(layout.placed);
  const named = new Set(controllers.map(({ id }) => id));
  const grown = (): readonly PlacedController[] => placedControllers(layout, placed);
  return {
    place(id, place) {
      const found = placed.get(id) ?? late(layout, placed, { id, connect: connectOf(place, family) });
      placed.set(id, found);
      return toPlace(family, found);
    },
    taken: () =>
      toRecord(
        family,
        placed,
        grown().filter(({ id }) => !named.has(id)),
      ),
    controllers: grown,
  };
}

const connectOf = (place: Place, family: Family): Connect => (place === 'port' && family === 'q35' ? 'pcie' : 'pci');

/** A device that the inventory does not know goes where there is room now. */
function late(
  { models }: Layout,
  placed: ReadonlyMap<string, PciAddress>,
  request: Omit<Request, 'field'>,
): PciAddress {
  const set = new AddressSet(models, false);
  for (const address of placed.values()) set.reserve(address, request);
  const found = set.next(request);
  if (found) return found;
  throw new Refusal('TooManyDevices', 'spec', `the board has no room for ${request.id}; remove a device`);
}

function placedControllers({ models }: Layout, placed: ReadonlyMap<string, PciAddress>): PlacedController[] {
  const found = models.flatMap((model, index): PlacedController[] => {
    const id = controllerId(index);
    const address = placed.get(id);
    return isRoot(model) || !address ? [] : [{ index, model, id, address }];
  });
  const depth = ({ address, id }: PlacedController, steps = 0): number => {
    if (steps > models.length) refuseAddress('spec.controllers', `${id} is plugged into itself`);
    const parent = found.find(({ index }) => index === address.bus);
    return parent ? depth(parent, steps + 1) : steps;
  };
  return found
    .map((one) => [depth(one), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
}

function toRecord(
  family: Family,
  placed: ReadonlyMap<string, PciAddress>,
  automatic: readonly PlacedController[],
): Slots {
  const models = new Map(automatic.map(({ id, model }) => [id, model]));
  const entries = [...placed].map(([id, address]) => {
    const model = models.get(id);
    return [id, `${model ? `${model} ` : ''}${formatAddress(address)}`] as const;
  });
  return { [BOARD]: family, ...Object.fromEntries(entries) };
}
