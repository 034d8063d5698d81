import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../schemas/client/client.ts';
import { ConnectionError } from '../../schemas/client/errors.ts';
import { core } from '../../schemas/client/paths.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { backoffDelay } from './backoff.ts';
import type { Events, EventType, Log } from './types.ts';

interface Occurrence {
  readonly object: KubeObject;
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
  readonly at: string;
}

interface Written {
  readonly name: string;
  readonly count: number;
}

export interface Recorder extends Events {
  /** Waits until what was recorded so far is written, or given up. */
  flush(): Promise<void>;
  close(): void;
}

const EVENTS = core('events');
/** Of a storm, the oldest are dropped. */
const MOST_WAITING = 500;
/** How many events are remembered to be counted up instead of written again. */
const MOST_REMEMBERED = 1000;
const ATTEMPTS = 6;
const BACKOFF = { firstMs: 200, longestMs: 5000 };
const MESSAGE_CHARACTERS = 1024;
/** Leaves room for the dot and the digits that make an event's name its own. */
const NAME_CHARACTERS = 230;

/** Records v1 Events in the background; `host` is the source that `kubectl describe` shows. */
export const createRecorder = (client: ApiClient, host: string, log: Log): Recorder =>
  new EventRecorder(client, host, log);

class EventRecorder implements Recorder {
  readonly #client: ApiClient;
  readonly #host: string;
  readonly #log: Log;
  readonly #waiting: Occurrence[] = [];
  /** By what makes two events the same, the least recent first. */
  readonly #written = new Map<string, Written>();
  #working: Promise<void> | undefined;
  #closed = false;
  #serial = 0;

  constructor(client: ApiClient, host: string, log: Log) {
    this.#client = client;
    this.#host = host;
    this.#log = log;
  }

  record(object: KubeObject, type: EventType, reason: string, message: string): void {
    const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    this.#waiting.push({ object: outline(object), type, reason, message: message.slice(0, MESSAGE_CHARACTERS), at });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#working ??= this.#work();
  }

  async flush(): Promise<void> {
    await this.#working;
  }

  close(): void {
    this.#closed = true;
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next && !this.#closed; next = this.#waiting.shift()) await this.#try(next);
    this.#working = undefined;
  }

  async #try(occurrence: Occurrence): Promise<void> {
    for (let failures = 1; !this.#closed; failures += 1) {
      try {
        await this.#write(occurrence);
        return;
      } catch (error) {
        if (!(error instanceof ConnectionError) || failures === ATTEMPTS) {
          this.#log.warn(`cannot record the event ${occurrence.reason}: ${(error as Error).message}`);
          return;
        }
        await sleep(backoffDelay(BACKOFF, failures), undefined, { ref: false });
      }
    }
  }

  /** One that was written before is counted up, unless the server has dropped it meanwhile. */
  async #write(occurrence: Occurrence): Promise<void> {
    const identity = identityOf(occurrence);
    const { namespace = 'default' } = occurrence.object.metadata;
    const before = this.#written.get(identity);
    if (before) {
      const event = { name: before.name, count: before.count + 1 };
      const patch = { count: event.count, lastTimestamp: occurrence.at };
      const found = await this.#client.patch(EVENTS, { namespace, name: event.name }, patch).catch(unlessGone);
      if (found) return this.#remember(identity, event);
    }
    const name = this.#newName(occurrence);
    await this.#client.create(EVENTS, toEvent(occurrence, { namespace, name, host: this.#host }));
    this.#remember(identity, { name, count: 1 });
  }

  #newName({ object }: Occurrence): string {
    this.#serial = (this.#serial + 1) % 0x1000;
    const digits = `${Date.now().toString(16)}${this.#serial.toString(16).padStart(3, '0')}`;
    return `${object.metadata.name.slice(0, NAME_CHARACTERS)}.${digits}`;
  }

  #remember(identity: string, event: Written): void {
    this.#written.delete(identity);
    this.#written.set(identity, event);
    const oldest = this.#written.keys().next().value;
    if (this.#written.size > MOST_REMEMBERED && oldest !== undefined) this.#written.delete(oldest);
  }
}

const identityOf = ({ object, type, reason, message }: Occurrence): string =>
  JSON.stringify([object.metadata.uid, type, reason, message]);

/** What an event says of its object; a storm must not keep whole objects in memory. */
const outline = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace && { namespace }),
      ...(uid && { uid }),
      ...(resourceVersion && { resourceVersion }),
    },
  };
};

function unlessGone(error: unknown): undefined {
  if (error instanceof ConnectionError) throw error;
  return undefined;
}

function toEvent(occurrence: Occurrence, where: { namespace: string; name: string; host: string }): KubeObject {
  const { object, type, reason, message, at } = occurrence;
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: where.namespace, name: where.name },
    involvedObject: { apiVersion: object.apiVersion, kind: object.kind, ...object.metadata },
    type,
    reason,
    message,
    source: { component: 'vm-executor', host: where.host },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
  return event;
}
