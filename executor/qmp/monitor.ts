import { setTimeout as sleep } from 'node:timers/promises';
import { connectQmp, type Qmp } from './client.ts';
import { QmpClosedError } from './errors.ts';
import type { QmpEvent } from './events.ts';
import { deferred, withTimeout } from './timeout.ts';

export interface MonitorOptions {
  readonly path: string;
  /** A connection is up: events may have been lost before it, so query everything again. */
  readonly onConnected?: (qmp: Qmp) => void;
  readonly onEvent?: (event: QmpEvent) => void;
  /** The connection ended and is being made again. */
  readonly onClosed?: (cause: Error) => void;
}

/** Keeps one control connection to one machine, and makes it again whenever it ends. */
export interface Monitor {
  readonly path: string;
  /** The connection of this moment, if there is one. */
  readonly current: Qmp | undefined;
  /**
   * The connection, once there is one.
   * @throws QmpClosedError when it takes longer than so many milliseconds, with the last attempt's error as its cause
   */
  connected(timeoutMs: number): Promise<Qmp>;
  /** Ends the connection and the attempts to make it. */
  close(): void;
}

/** A qemu that starts listens after 20 to 100 ms, and a person waits for it; one that hangs is asked ever more seldom. */
const EAGER_ATTEMPTS = 250;
const FIRST_DELAY_MS = 4;
const LAST_DELAY_MS = 30_000;
const GROWTH = 1.5;

/** Starts to connect at once; the calls back begin in a later turn of the event loop. */
export function createMonitor(options: MonitorOptions): Monitor {
  const monitor = new ReconnectingMonitor(options);
  void monitor.run();
  return monitor;
}

class ReconnectingMonitor implements Monitor {
  readonly path: string;
  current: Qmp | undefined;
  readonly #options: MonitorOptions;
  readonly #abort = new AbortController();
  #waiting = deferred<Qmp>();
  #lastError: Error | undefined;

  constructor(options: MonitorOptions) {
    this.path = options.path;
    this.#options = options;
  }

  async connected(timeoutMs: number): Promise<Qmp> {
    if (this.current) return this.current;
    const late = () =>
      new QmpClosedError(`no QMP connection to ${this.path} within ${timeoutMs} ms`, { cause: this.#lastError });
    return withTimeout(this.#waiting.promise, timeoutMs, late);
  }

  close(): void {
    this.#abort.abort();
    this.#waiting.reject(new QmpClosedError(`the monitor of ${this.path} was closed`));
    this.current?.close();
  }

  async run(): Promise<void> {
    let attempts = 0;
    while (!this.#abort.signal.aborted) {
      const qmp = await this.#connect();
      attempts = qmp ? 0 : attempts + 1;
      if (qmp) await this.#serve(qmp);
      await sleep(delayAfter(attempts), undefined, { signal: this.#abort.signal, ref: false }).catch(() => {});
    }
  }

  async #connect(): Promise<Qmp | undefined> {
    try {
      return await connectQmp(this.path, { signal: this.#abort.signal });
    } catch (error) {
      this.#lastError = error as Error;
      return undefined;
    }
  }

  async #serve(qmp: Qmp): Promise<void> {
    const { onEvent, onConnected, onClosed } = this.#options;
    if (onEvent) qmp.onAny(onEvent);
    this.current = qmp;
    this.#waiting.resolve(qmp);
    onConnected?.(qmp);
    const cause = await qmp.closed;
    this.current = undefined;
    this.#waiting = deferred<Qmp>();
    if (this.#abort.signal.aborted) this.#waiting.reject(cause);
    else onClosed?.(cause);
  }
}

/** Milliseconds to wait after so many attempts in a row that failed. */
export function delayAfter(attempts: number): number {
  return Math.min(FIRST_DELAY_MS * GROWTH ** Math.max(0, attempts - EAGER_ATTEMPTS), LAST_DELAY_MS);
}
