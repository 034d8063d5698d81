import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { type Cards, type GuestFacts, type GuestView, GuestWatch } from '../../agent/index.ts';
import type { PortForward } from '../../qemu/input.ts';
import { controlSocket } from '../../qemu/sockets.ts';
import { createMonitor, type Monitor, type Qmp, type QmpEvent } from '../../qmp/index.ts';
import { type MachineRecord, newRecord, readMachineRecord, writeMachineRecord } from './record.ts';
import type { Problem } from './resources.ts';
import { SeedLook } from './seed-look.ts';

export interface HandleOptions {
  readonly uid: string;
  readonly runDir: string;
  /** Something happened that is to be looked at. */
  readonly onChange: (event?: QmpEvent) => void;
}

/** After these the guest's addresses may be about to change. */
const GUEST_NEWS: readonly string[] = ['NIC_RX_FILTER_CHANGED', 'RESUME', 'WAKEUP'] satisfies QmpEvent['name'][];

/** What this executor holds of one machine while it lives: the connection, the record, what it did itself. */
export class MachineHandle {
  readonly uid: string;
  readonly runDir: string;
  /** When this executor last asked the guest to shut down, in milliseconds since the epoch. */
  askedAt: number | undefined;
  /** When a machine that met a full disk was last tried, in milliseconds since the epoch. */
  triedAt: number | undefined;
  /** When a guest that was left frozen was last asked to go on, in milliseconds since the epoch. */
  thawedAt: number | undefined;
  /** Since when a qemu that lives does not answer, in milliseconds since the epoch. */
  silentSince: number | undefined;
  /** When the guest was last asked to let go of a disk, by its name, in milliseconds since the epoch. */
  readonly releasing = new Map<string, number>();
  /** Whether this executor has seen a process of the machine. */
  ran = false;
  /** When the passt of an interface was last started, by its name, in milliseconds since the epoch. */
  readonly passtsAt = new Map<string, number>();
  /** What this executor last told the passt of an interface to forward, by its name. */
  readonly passtsTold = new Map<string, { readonly pid: number; readonly forwards: readonly PortForward[] }>();
  /** Ports of this host through which streams of ours are being opened to a guest behind slirp. */
  readonly streams = new Set<number>();
  /** The qemu in which no forward of an executor before this one is left. */
  sweptPid: number | undefined;
  /** What a live change last failed with. */
  problem: Problem | undefined;
  readonly seed = new SeedLook();
  readonly #options: HandleOptions;
  #monitor: Monitor | undefined;
  #guest: GuestWatch | undefined;
  #record: MachineRecord | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: HandleOptions) {
    this.uid = options.uid;
    this.runDir = options.runDir;
    this.#options = options;
  }

  /** Something beside qemu happened that is to be looked at. */
  look(): void {
    this.#options.onChange();
  }

  /** Runs one operation after the other; not reentrant. */
  exclusive<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(operation);
    this.#turn = result.catch(() => {});
    return result;
  }

  get qmp(): Qmp | undefined {
    return this.#monitor?.current;
  }

  /** The connection to a qemu that lives; one that was not tried before gets so many milliseconds to answer. */
  async connect(timeoutMs: number): Promise<Qmp | undefined> {
    if (this.#monitor) return this.#monitor.current;
    return this.monitor()
      .connected(timeoutMs)
      .catch(() => undefined);
  }

  /** The connection that is kept up, made where there is none. */
  monitor(): Monitor {
    const { onChange } = this.#options;
    this.#monitor ??= createMonitor({
      path: controlSocket(this.runDir),
      onEvent: (event) => {
        if (GUEST_NEWS.includes(event.name)) this.#guest?.hurry();
        onChange(event);
      },
      onConnected: () => onChange(),
      onClosed: () => onChange(),
    });
    return this.#monitor;
  }

  /** Has the machine looked at when its qemu, a child of ours, ends. */
  watchExit(exited: Promise<unknown>): void {
    void exited.then(() => this.#options.onChange());
  }

  /** Keeps asking the guest agent at a socket how the guest is; with no socket, no longer. */
  watchGuest(socketPath: string | undefined, runs = true, known?: GuestFacts, cards?: Cards): GuestView | undefined {
    if (this.#guest?.socketPath !== socketPath) {
      this.#guest?.close();
      this.#guest =
        socketPath === undefined ? undefined : new GuestWatch(socketPath, () => this.#options.onChange(), known);
    }
    this.#guest?.standStill(!runs);
    if (cards) this.#guest?.notice(cards);
    return this.#guest?.view;
  }

  /** Something of the guest's network was changed: its addresses are asked for soon. */
  hurryGuest(): void {
    this.#guest?.hurry();
  }

  disconnect(): void {
    this.watchGuest(undefined);
    this.#monitor?.close();
    this.#monitor = undefined;
  }

  async record(machine: VirtualMachine): Promise<MachineRecord> {
    this.#record ??= (await readMachineRecord(this.runDir)) ?? newRecord(machine);
    return this.#record;
  }

  /** Writes a record down, before anything is done that follows from it. */
  async write(record: MachineRecord): Promise<void> {
    await writeMachineRecord(this.runDir, record);
    this.#record = record;
  }

  /** The folder is gone, and what was in it. */
  forget(): void {
    this.disconnect();
    this.#record = undefined;
  }
}

/** Changes a machine's record. */
export async function writeRecord(
  { handle, machine }: { readonly handle: MachineHandle; readonly machine: VirtualMachine },
  change: (record: MachineRecord) => MachineRecord,
): Promise<void> {
  await handle.write(change(await handle.record(machine)));
}
