import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Agent, CommandName, ExecuteOptions } from './commands.ts';
import { AgentClosedError, AgentError, AgentProtocolError, AgentTimeoutError } from './errors.ts';
import { AgentDecoder, type JsonObject, SENTINEL } from './framing.ts';

const COMMAND_MS = 10_000;
const ANSWER_BYTES = 1024 * 1024;

/** One connection to the agent's channel, from the first sync to its end. */
export class Conversation implements Agent {
  readonly #socket: Socket;
  readonly #decoder = new AgentDecoder();
  #waiting: PromiseWithResolvers<JsonObject> | undefined;
  /** The sync whose answer is waited for. */
  #syncing: number | undefined;
  #ended: Error | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (cause) => this.end(new AgentClosedError('the channel to the guest agent broke', { cause })));
    socket.on('close', () => this.end(new AgentClosedError('qemu has closed the channel to the guest agent')));
  }

  /**
   * Makes sure that what is answered from now on is answered to us. Nothing else is ever sent before: an agent that starts
   * later would find it in the channel and carry it out.
   */
  async sync(timeoutMs: number): Promise<void> {
    const id = Math.floor(Math.random() * 2 ** 31);
    const request = { execute: 'guest-sync-delimited', arguments: { id } };
    this.#syncing = id;
    this.#decoder.resync();
    this.#socket.write(Buffer.concat([Buffer.of(SENTINEL), Buffer.from(`${JSON.stringify(request)}\n`)]));
    await this.#answer('guest-sync-delimited', timeoutMs);
  }

  execute(command: CommandName, args?: object, options: ExecuteOptions = {}): Promise<unknown> {
    const answer = this.#turn.then(() => this.#call(command, args, options));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  end(cause: Error = new AgentClosedError('the conversation with the guest agent is over')): void {
    this.#ended ??= cause;
    this.#socket.destroy();
    this.#waiting?.reject(this.#ended);
  }

  async #call(command: CommandName, args: object | undefined, options: ExecuteOptions): Promise<unknown> {
    if (this.#ended) throw this.#ended;
    this.#decoder.maxBytes = options.maxBytes ?? ANSWER_BYTES;
    this.#socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }) })}\n`);
    const answer = await this.#answer(command, options.timeoutMs ?? COMMAND_MS);
    if ('return' in answer) return answer['return'];
    throw new AgentError((answer['error'] ?? {}) as { class?: unknown; desc?: unknown }, command);
  }

  /** A late answer would be taken for that of the next command: with the time the conversation ends. */
  async #answer(command: string, timeoutMs: number): Promise<JsonObject> {
    if (this.#ended) throw this.#ended;
    const waiting = Promise.withResolvers<JsonObject>();
    this.#waiting = waiting;
    const late = new AgentTimeoutError(`the guest agent did not answer ${command} in time`);
    const timer = setTimeout(() => this.end(late), Math.max(0, timeoutMs));
    try {
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  /** The answer to a sync of somebody who went away: our own comes later, perhaps in the same piece. */
  #isStale(message: JsonObject): boolean {
    if (this.#syncing === undefined) return false;
    const ours = message['return'] === this.#syncing;
    if (ours) this.#syncing = undefined;
    else this.#decoder.resync();
    return !ours;
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#decoder.push(chunk)) {
        if (this.#isStale(message)) continue;
        if (!this.#waiting) throw new AgentProtocolError('the guest agent answers what was not asked');
        this.#waiting.resolve(message);
        this.#waiting = undefined;
      }
    } catch (error) {
      this.end(error as Error);
    }
  }
}

/** Connects to a channel's socket. @throws AgentClosedError when nothing listens */
export async function openChannel(path: string, timeoutMs: number): Promise<Socket> {
  const socket = connect({ path });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
    return socket;
  } catch (cause) {
    socket.on('error', () => {});
    socket.destroy();
    throw new AgentClosedError('the machine has no channel to a guest agent that can be reached', { cause });
  }
}
