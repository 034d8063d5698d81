import type { ControllerDraft, DomainDraft } from '../elements/draft.ts';
import type { Building } from './building.ts';

type Type = NonNullable<ControllerDraft['type']>;

/** The models that libvirt takes on x86 where the XML says none. Source: qemuDomainControllerDefPostParse */
const MODELS: Readonly<Partial<Record<Type, NonNullable<ControllerDraft['model']>>>> = {
  usb: 'piix3-uhci',
  scsi: 'lsilogic',
};

/** The USB controller of a machine that names none. Source: qemuDomainDefAddDefaultDevices */
const USB = { pc: 'piix3-uhci', q35: 'qemu-xhci' } as const;

/** What on PCI has the number 0 is the board's. */
const FIRST: Readonly<Partial<Record<Type, number>>> = { pci: 1 };

/**
 * Says the controllers that libvirt adds to a domain: the executor has its own usual models, and a machine that is taken over has
 * those that it had.
 */
export function controllersFromLibvirt({ draft }: Building): void {
  const list = [...((draft.spec.controllers ?? []) as ControllerDraft[])];
  for (const [place, one] of list.entries()) complete(one, place, list);
  for (const [type, index, model] of [...defaults(draft, list), ...implied(draft)]) {
    if (!list.some((one) => one.type === type && one.index === index)) {
      const usual = model ?? MODELS[type];
      list.push({ name: freeName(`${type}${index}`, list), type, index, ...(usual && { model: usual }) });
    }
  }
  if (list.length > 0) draft.spec.controllers = list as NonNullable<typeof draft.spec.controllers>;
  if (familyOf(draft) === 'q35') sayPorts(draft, list);
}

const familyOf = ({ spec }: DomainDraft): 'pc' | 'q35' => (spec.machine?.type?.includes('q35') ? 'q35' : 'pc');

function complete(one: ControllerDraft, place: number, list: readonly ControllerDraft[]): void {
  const { type } = one;
  if (type === undefined) return;
  if (one.index === undefined) one.index = sharedIndex(one, place, list) ?? unused(type, list, one.model);
  const model = one.model ?? MODELS[type];
  if (model !== undefined) one.model = model;
}

const isUsb2 = ({ model }: ControllerDraft): boolean => model?.startsWith('ich9-') ?? false;

/** Parts of one USB 2 controller that follow each other have one number. Source: virDomainAssignControllerIndexes */
function sharedIndex(one: ControllerDraft, place: number, list: readonly ControllerDraft[]): number | undefined {
  if (!isUsb2(one)) return undefined;
  const before = list.slice(0, place).findLast(({ type }) => type === 'usb');
  if (!before || !isUsb2(before)) return undefined;
  const again = list.some(({ type, index, model }) => type === 'usb' && index === before.index && model === one.model);
  return again ? undefined : before.index;
}

const ROOTS: readonly (string | undefined)[] = ['pci-root', 'pcie-root'];

/** The lowest number that no controller of the type has. Source: virDomainControllerFindUnusedIndex */
function unused(type: Type, list: readonly ControllerDraft[], model?: string): number {
  if (ROOTS.includes(model)) return 0;
  const taken = new Set(list.filter((one) => one.type === type).map(({ index }) => index));
  let index = FIRST[type] ?? 0;
  while (taken.has(index)) index += 1;
  return index;
}

type Wanted = readonly [type: Type, index: number, model?: ControllerDraft['model']];

const defaults = (draft: DomainDraft, list: readonly ControllerDraft[]): Wanted[] =>
  list.some(({ type, index }) => type === 'usb' && index === 0) ? [] : [['usb', 0, USB[familyOf(draft)]]];

interface Placed {
  readonly address?: {
    readonly drive?: { readonly controller?: number | undefined } | undefined;
    readonly virtioSerial?: { readonly controller?: number | undefined } | undefined;
    readonly ccid?: { readonly controller?: number | undefined } | undefined;
  };
}

const upTo = (type: Type, last: number): Wanted[] => Array.from({ length: last + 1 }, (_, index) => [type, index]);

const highest = (numbers: readonly number[]): number => Math.max(-1, ...numbers);

const DISKS = ['scsi', 'ide', 'sata'] as const;

/** Controllers that devices ask for, in libvirt's order. Source: virDomainDefAddImplicitControllers */
function implied({ spec }: DomainDraft): Wanted[] {
  const disks = (spec.disks ?? []) as readonly ({ bus?: string } & Placed)[];
  const onDisks = (bus: string): number =>
    highest(disks.filter((disk) => disk.bus === bus).map(({ address }) => address?.drive?.controller ?? 0));
  const serials = [...(spec.consoles ?? []), ...(spec.channels ?? [])] as readonly Placed[];
  const cards = ((spec as { smartCards?: unknown }).smartCards ?? []) as readonly Placed[];
  const hosts = (spec.hostDevices ?? []) as readonly Placed[];
  const onScsi = hosts.filter((one) => 'scsi' in one);
  return [
    ...DISKS.flatMap((bus) => upTo(bus, onDisks(bus))),
    ...serials.map(({ address }): Wanted => ['virtio-serial', address?.virtioSerial?.controller ?? 0]),
    ...upTo('ccid', highest(cards.map(({ address }) => address?.ccid?.controller ?? 0))),
    ...upTo('scsi', highest(onScsi.map(({ address }) => address?.drive?.controller ?? 0))).map(
      ([type, index]): Wanted => [type, index, modelOf(spec, 'scsi')],
    ),
  ];
}

/** SCSI devices of the node bring controllers along like those that are there. Source: virDomainDefMaybeAddHostdevSCSIcontroller */
const modelOf = ({ controllers = [] }: DomainDraft['spec'], type: Type): ControllerDraft['model'] =>
  controllers.findLast((one) => one.type === type)?.model;

function freeName(wanted: string, list: readonly ControllerDraft[]): string {
  const taken = list.some(({ name }) => name === wanted);
  return taken ? freeName(`${wanted}-implied`, list) : wanted;
}

/** Devices that may need a port each. */
const PLUGGED = ['disks', 'interfaces', 'filesystems', 'hostDevices', 'video', 'sound', 'inputs', 'rng'] as const;
const hasPlugged = ({ spec }: DomainDraft, list: readonly ControllerDraft[]): boolean =>
  PLUGGED.some((key) => (spec[key]?.length ?? 0) > 0) ||
  spec.balloon?.enabled !== false ||
  list.some(({ type, model }) => type !== 'pci' && type !== 'sata' && model !== 'none');

/**
 * libvirt keeps one port free where it was left to place everything, and none on a board without any other, as we do where
 * nothing is said; a person who names ports has as many as they name.
 */
function sayPorts(draft: DomainDraft, list: readonly ControllerDraft[]): void {
  const named = list.some(({ type, index = 0 }) => type === 'pci' && index > 0);
  if (!named && !hasPlugged(draft, list)) return;
  draft.spec.machine = { ...draft.spec.machine, hotPlugPorts: named ? 0 : 1 };
}
