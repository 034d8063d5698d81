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

/** Records v1 Events in the background: `component` and `host` are the source that `kubectl describe` shows. */
export function createRecorder(client: ApiClient, host: string, log: Log): Recorder {
  const waiting: Occurrence[] = [];
  const written = new Map<string, Written>();
  let closed = false;
  let serial = 0;
  let working: Promise<void> | undefined;

  async function write(occurrence: Occurrence): Promise<void> {
    const identity = identityOf(occurrence);
    const before = written.get(identity);
    const namespace = occurrence.object.metadata.namespace ?? 'default';
    const name = before?.name ?? `${occurrence.object.metadata.name.slice(0, NAME_CHARACTERS)}.${stamp()}`;
    const count = (before?.count ?? 0) + 1;
    if (before) {
      const patch = { count, lastTimestamp: occurrence.at };
      const found = await client.patch(EVENTS, { namespace, name }, patch).catch(unlessGone);
      if (found) return remember(identity, { name, count });
    }
    const fresh = before ? `${occurrence.object.metadata.name.slice(0, NAME_CHARACTERS)}.${stamp()}` : name;
    await client.create(EVENTS, toEvent(occurrence, { namespace, name: fresh, host }));
    remember(identity, { name: fresh, count: 1 });
  }

  const stamp = () => `${Date.now().toString(16)}${(serial++ % 0x1000).toString(16).padStart(3, '0')}`;

  function remember(identity: string, event: Written): void {
    written.delete(identity);
    written.set(identity, event);
    const oldest = written.keys().next().value;
    if (written.size > MOST_REMEMBERED && oldest !== undefined) written.delete(oldest);
  }

  async function attempt(occurrence: Occurrence): Promise<void> {
    for (let failures = 1; !closed; failures += 1) {
      try {
        return await write(occurrence);
      } catch (error) {
        if (!(error instanceof ConnectionError) || failures === ATTEMPTS) {
          return log.warn(`cannot record the event ${occurrence.reason}: ${(error as Error).message}`);
        }
        await sleep(backoffDelay(BACKOFF, failures), undefined, { ref: false });
      }
    }
  }

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next && !closed; next = waiting.shift()) await attempt(next);
    working = undefined;
  }

  return {
    record(object, type, reason, message) {
      const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
      waiting.push({ object: outline(object), type, reason, message: message.slice(0, MESSAGE_CHARACTERS), at });
      if (waiting.length > MOST_WAITING) waiting.shift();
      working ??= work();
    },
    flush: async () => working,
    close: () => {
      closed = true;
    },
  };
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
