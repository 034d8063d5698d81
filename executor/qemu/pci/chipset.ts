import type { Family } from '../board.ts';
import { formatAddress, type PciAddress, sameAddress } from './address.ts';
import { type AddressSet, refuseAddress } from './address-set.ts';
import type { Connect } from './models.ts';
import type { Request } from './request.ts';

/** One round of giving places out. */
export interface Round {
  readonly set: AddressSet;
  readonly placed: Map<string, PciAddress>;
}

const at = (slot: number, fn = 0): PciAddress => ({ bus: 0, slot, function: fn });

/** Gives a device the place that its chipset has for it; it can be nowhere else. */
function insist(round: Round, request: Request, place: PciAddress): void {
  if (request.fixed && !sameAddress(request.fixed, place)) {
    refuseAddress(request.field, `it is a part of the chipset, at ${formatAddress(place)}`);
  }
  round.set.reserve(place, request);
  round.placed.set(request.id, place);
}

/** Gives a device a place where that is free. */
function offer({ set, placed }: Round, request: Request | undefined, place: PciAddress): void {
  if (!request || placed.has(request.id) || set.inUse(place)) return;
  set.reserve(place, request);
  placed.set(request.id, place);
}

const only = (requests: readonly Request[], role: Request['role']): Request | undefined =>
  requests.find((request) => request.role === role);

/** libvirt: qemuDomainValidateDevicePCISlotsPIIX3. */
function piix3(round: Round, requests: readonly Request[]): void {
  const [ide, usb] = [only(requests, 'first-ide'), only(requests, 'first-usb')];
  if (ide) insist(round, ide, at(1, 1));
  if (usb) insist(round, usb, at(1, 2));
  for (const place of [at(1, 0), at(1, 3)]) takeForBoard(round, place, 'pci');
  offer(round, only(requests, 'first-video'), at(2));
}

function takeForBoard({ set }: Round, place: PciAddress, connect: Connect): void {
  const why = set.whyNot(place, { connect });
  if (why !== undefined) refuseAddress('spec', `${formatAddress(place)} belongs to the board: ${why}`);
  set.reserve(place, { connect });
}

/** libvirt: qemuDomainValidateDevicePCISlotsQ35. The slots are those of real hardware of that name. */
function q35(round: Round, requests: readonly Request[]): void {
  const sata = only(requests, 'first-sata');
  if (sata) insist(round, sata, at(0x1f, 2));
  for (const request of requests) {
    if (request.role === 'dmi-bridge') offer(round, request, at(0x1e));
    if (request.companion?.function === 0) {
      const free = [at(0x1d), at(0x1a)].find((place) => !round.set.inUse(place));
      if (free) offer(round, request, { ...free, multifunction: true });
    }
  }
  for (const place of [at(0x1f, 0), at(0x1f, 3)]) takeForBoard(round, place, 'pcie');
  offer(round, only(requests, 'first-video'), at(1));
  const sound = requests.find(({ role, id }) => role === 'ich9-sound' && !round.placed.has(id));
  offer(round, sound, at(0x1b));
}

/** What each board has a place of its own for. */
export const CHIPSETS = { pc: piix3, q35 } satisfies Record<
  Family,
  (round: Round, requests: readonly Request[]) => void
>;
