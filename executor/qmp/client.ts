import type { Socket } from 'node:net';
import { QMP_COMMAND, timed } from '../metrics/timing.ts';
import type { Arguments, CommandName, QemuVersion, Returns } from './commands/index.ts';
import { openSocket, QmpConnection } from './connection.ts';
import { QmpEmitter } from './emitter.ts';
import { QmpError, QmpProtocolError, QmpTimeoutError } from './errors.ts';
import type { EventName, Events, QmpEvent } from './events.ts';
import { toEvent } from './events.ts';
import type { JsonObject } from './framing.ts';
import { deferred, withTimeout } from './timeout.ts';

export interface ConnectOptions {
  /** Milliseconds until qemu must have greeted and taken our capabilities; 5000 when left out. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ExecuteOptions {
  /** Milliseconds from sending to the answer; 30000 when left out, 0 for no limit. */
  readonly timeoutMs?: number;
}

type Rest<C extends CommandName> =
  undefined extends Arguments<C>
    ? [args?: Arguments<C>, options?: ExecuteOptions]
    : [args: Arguments<C>, options?: ExecuteOptions];

/** One client on one monitor socket of qemu. */
export interface Qmp {
  readonly path: string;
  readonly version: QemuVersion;
  /** Whether qemu reads this monitor in a thread of its own, so that it answers while the machine is busy. */
  readonly outOfBand: boolean;
  /** Settles with the reason once the connection has ended. */
  readonly closed: Promise<Error>;
  /**
   * Runs a command; those of one connection run one after the other.
   * @throws QmpError when qemu refuses, QmpTimeoutError, or the reason for which the connection ended
   */
  execute<C extends CommandName>(command: C, ...rest: Rest<C>): Promise<Returns<C>>;
  on<E extends EventName>(name: E, listener: (data: Events[E], at: number) => void): () => void;
  onAny(listener: (event: QmpEvent) => void): () => void;
  close(cause?: Error): void;
}

interface Greeting {
  readonly version: QemuVersion;
  readonly capabilities: readonly string[];
}

const GREETING_TIMEOUT_MS = 5000;
const COMMAND_TIMEOUT_MS = 30_000;

/**
 * Connects to a monitor socket, reads the greeting and negotiates capabilities.
 * @throws QmpClosedError when nothing listens, QmpTimeoutError when qemu does not greet: another client holds the socket
 */
export async function connectQmp(path: string, options: ConnectOptions = {}): Promise<Qmp> {
  const timeoutMs = options.timeoutMs ?? GREETING_TIMEOUT_MS;
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  const client = new Client(path, await openSocket(path, signal));
  const silent = () =>
    client.close(
      limit.aborted
        ? new QmpTimeoutError(
            `qemu did not greet on ${path} within ${timeoutMs} ms: another client holds the socket, or qemu hangs`,
          )
        : (signal.reason as Error),
    );
  signal.addEventListener('abort', silent, { once: true });
  if (signal.aborted) silent();
  try {
    await client.negotiate();
    return client;
  } finally {
    signal.removeEventListener('abort', silent);
  }
}

class Client implements Qmp {
  readonly path: string;
  readonly closed: Promise<Error>;
  readonly #connection: QmpConnection;
  readonly #events = new QmpEmitter();
  readonly #pending = new Map<number, { resolve: (message: JsonObject) => void; reject: (cause: Error) => void }>();
  readonly #greeting = deferred<Greeting>();
  #greeted: Greeting | undefined;
  #lastId = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, socket: Socket) {
    this.path = path;
    this.#connection = new QmpConnection(path, socket, (message) => this.#receive(message));
    this.closed = this.#connection.closed;
    void this.closed.then((cause) => {
      this.#greeting.reject(cause);
      for (const call of this.#pending.values()) call.reject(cause);
      this.#pending.clear();
    });
  }

  get version(): QemuVersion {
    return (this.#greeted as Greeting).version;
  }

  get outOfBand(): boolean {
    return this.#greeted?.capabilities.includes('oob') ?? false;
  }

  async negotiate(): Promise<void> {
    this.#greeted = await this.#greeting.promise;
    await this.#call('qmp_capabilities' as CommandName, this.outOfBand ? { enable: ['oob'] } : undefined, 0);
  }

  execute<C extends CommandName>(command: C, ...[args, options]: Rest<C>): Promise<Returns<C>> {
    const timeoutMs = options?.timeoutMs ?? COMMAND_TIMEOUT_MS;
    const answer = this.#turn.then(() => timed(QMP_COMMAND, command, () => this.#call(command, args, timeoutMs)));
    this.#turn = answer.catch(() => {});
    return answer as Promise<Returns<C>>;
  }

  on<E extends EventName>(name: E, listener: (data: Events[E], at: number) => void): () => void {
    return this.#events.on(name, listener);
  }

  onAny(listener: (event: QmpEvent) => void): () => void {
    return this.#events.onAny(listener);
  }

  close(cause?: Error): void {
    this.#connection.close(cause);
  }

  async #call(command: CommandName, args: object | undefined, timeoutMs: number): Promise<unknown> {
    if (this.#connection.ended) throw this.#connection.ended;
    const id = ++this.#lastId;
    const call = deferred<JsonObject>();
    this.#pending.set(id, call);
    this.#connection.send({ execute: command, ...(args && { arguments: args }), id });
    const late = () => new QmpTimeoutError(`qemu did not answer ${command} on ${this.path} within ${timeoutMs} ms`);
    try {
      const message = await withTimeout(call.promise, timeoutMs, late);
      if ('return' in message) return message['return'];
      throw new QmpError(message['error'] as { class: string; desc: string }, command);
    } finally {
      this.#pending.delete(id);
    }
  }

  #receive(message: JsonObject): void {
    if ('event' in message) this.#events.emit(toEvent(message));
    else if ('QMP' in message) this.#greeting.resolve(message['QMP'] as Greeting);
    else if ('return' in message || 'error' in message) this.#answer(message);
    else
      throw new QmpProtocolError(
        `expected a greeting, an answer or an event on ${this.path}, got ${JSON.stringify(message).slice(0, 80)}`,
      );
  }

  /** An answer without a waiting call belongs to one that timed out; one without an id is qemu's complaint about what we sent. */
  #answer(message: JsonObject): void {
    if (typeof message['id'] === 'number') this.#pending.get(message['id'])?.resolve(message);
    else throw new QmpProtocolError(`qemu could not read our message on ${this.path}: ${JSON.stringify(message)}`);
  }
}
