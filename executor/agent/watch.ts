import { isBusy, withAgent } from './agent.ts';
import type { Agent } from './commands.ts';
import { askFilesystems, askInterfaces, askSystem, type GuestFacts } from './facts.ts';
import { settle } from './settle.ts';

/** `Asking` until the first answer came or failed to. */
export type GuestState = 'Asking' | 'Answering' | 'Silent';

export interface GuestView {
  readonly state: GuestState;
  readonly facts: GuestFacts | undefined;
}

/**
 * Milliseconds. Addresses come soon after a start or a change: then they are asked for often, later seldom. A card without one is
 * about to get one, unless it has had none for long.
 */
const PACE = {
  eager: 1000,
  calm: 10_000,
  busy: 200,
  eagerFor: 120_000,
  lackingFor: 600_000,
  details: 60_000,
  longestSilence: 30_000,
} as const;
/** An agent on a busy host is slow; one that takes longer than this is not waited for, as others may want the channel. */
const SYNC_MS = 5000;

/** The cards that the host has given a guest. */
export interface Cards {
  readonly macAddresses: readonly string[];
  /** What networks of the host know of them, as a text that differs when that does. */
  readonly seen: string;
}

/** Whether the guest has one of its cards and no address on it that leads anywhere. What it made itself does not count. */
export function lacksAddress(facts: GuestFacts | undefined, { macAddresses }: Cards): boolean {
  const ours = new Set(macAddresses.map((mac) => mac.toLowerCase()));
  return (facts?.interfaces ?? []).some(
    ({ macAddress = '', addresses = [] }) =>
      ours.has(macAddress) && !addresses.some((address) => !/^fe80:/i.test(address)),
  );
}

interface Mood {
  /** Looks that failed, one after the other. */
  readonly failures: number;
  /** Something happened not long ago. */
  readonly isEager: boolean;
  /** For how long a card has had no address; nothing where each has one. */
  readonly lackingMs: number | undefined;
}

/** How long until the next look, in milliseconds. Pure. */
export function pauseMs({ failures, isEager, lackingMs }: Mood): number {
  if (failures > 0) return Math.min(PACE.eager * 2 ** (failures - 1), PACE.longestSilence);
  const isLacking = lackingMs !== undefined && lackingMs < PACE.lackingFor;
  return isLacking || isEager ? PACE.eager : PACE.calm;
}

/** Asks a guest's agent how the guest is, as long as it is connected. */
export class GuestWatch {
  readonly socketPath: string;
  readonly #onChange: () => void;
  #view: GuestView;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #asking = false;
  #standing = false;
  #failures = 0;
  #eagerUntil = 0;
  #lackingSince: number | undefined;
  #cards: Cards = { macAddresses: [], seen: '' };
  #detailsAt = Number.NEGATIVE_INFINITY;

  /** @param known what another executor was told before: it holds until the agent says something else */
  constructor(socketPath: string, onChange: () => void, known?: GuestFacts) {
    this.socketPath = socketPath;
    this.#onChange = onChange;
    this.#view = { state: 'Asking', facts: known };
    this.hurry();
  }

  get view(): GuestView {
    return this.#view;
  }

  /** Something about the guest's network may be about to change. */
  hurry(): void {
    this.#eagerUntil = performance.now() + PACE.eagerFor;
    this.#schedule(0);
  }

  /** What the host itself knows of the guest's cards: another lease or address on the wire is a reason to ask. */
  notice(cards: Cards): void {
    const isNews = this.#cards.seen !== cards.seen && this.#view.state !== 'Asking';
    this.#cards = cards;
    if (isNews) this.hurry();
  }

  /** A guest that stands still cannot answer: that says nothing about its agent. */
  standStill(still: boolean): void {
    const goesOn = this.#standing && !still;
    this.#standing = still;
    if (goesOn) this.#schedule(0);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#asking) return;
    this.#timer = setTimeout(() => void this.#look(), ms).unref();
  }

  async #look(): Promise<void> {
    if (this.#standing) return;
    if (isBusy(this.socketPath)) return this.#schedule(PACE.busy);
    this.#asking = true;
    const before = this.#view;
    try {
      const news = await withAgent(this.socketPath, (agent) => this.#ask(agent), { syncMs: SYNC_MS });
      this.#failures = 0;
      this.#view = { state: 'Answering', facts: settle(before.facts, news) };
    } catch {
      this.#failures += 1;
      if (!this.#standing) this.#view = { ...before, state: 'Silent' };
    }
    this.#asking = false;
    if (this.#closed) return;
    const isLacking = lacksAddress(this.#view.facts, this.#cards);
    this.#lackingSince = isLacking ? (this.#lackingSince ?? performance.now()) : undefined;
    if (JSON.stringify(this.#view) !== JSON.stringify(before)) this.#onChange();
    this.#schedule(this.#pause());
  }

  /** Addresses each time; what seldom changes once a minute. */
  async #ask(agent: Agent): Promise<GuestFacts> {
    const interfaces = await askInterfaces(agent);
    if (performance.now() - this.#detailsAt < PACE.details) return interfaces;
    const details = { ...(await askSystem(agent)), ...(await askFilesystems(agent)) };
    this.#detailsAt = performance.now();
    return { ...details, ...interfaces };
  }

  #pause(): number {
    const now = performance.now();
    const lackingMs = this.#lackingSince === undefined ? undefined : now - this.#lackingSince;
    return pauseMs({ failures: this.#failures, isEager: now < this.#eagerUntil, lackingMs });
  }
}
