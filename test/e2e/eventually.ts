import { setTimeout as sleep } from 'node:timers/promises';
import type { Kind, ObjectOf } from '../../executor/controller/types.ts';
import type { ApiClient } from '../../schemas/client/client.ts';
import { resourceOf } from '../../schemas/client/paths.ts';
import { kinds } from '../../schemas/kinds/index.ts';

const PAUSE_MS = 20;

export interface Wanted<K extends Kind> {
  readonly kind: K;
  readonly name: string;
  /** Undefined stands for an object that is gone. */
  readonly holds: (object: ObjectOf<K> | undefined) => unknown;
  readonly limitMs: number;
  /** What the executor has logged, for the error. */
  readonly log: () => string;
}

/** Waits, on a watch, until an object is so, through restarts of the API. @throws with its status when it does not become so */
export async function eventually<K extends Kind>(
  client: ApiClient,
  namespace: string,
  { kind, name, holds, limitMs, log }: Wanted<K>,
): Promise<ObjectOf<K>> {
  const type = resourceOf(kinds[kind]);
  const deadline = AbortSignal.timeout(limitMs);
  let seen: ObjectOf<K> | undefined;
  while (!deadline.aborted) {
    try {
      const list = await client.list<ObjectOf<K>>(type, namespace, { signal: deadline });
      seen = list.items.find(({ metadata }) => metadata.name === name);
      if (holds(seen)) return seen as ObjectOf<K>;
      const query = { resourceVersion: list.metadata.resourceVersion };
      for await (const event of client.watch<ObjectOf<K>>(type, namespace, { query, signal: deadline })) {
        if (event.type === 'BOOKMARK' || event.object.metadata.name !== name) continue;
        seen = event.type === 'DELETED' ? undefined : event.object;
        if (holds(seen)) return seen as ObjectOf<K>;
      }
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      await sleep(PAUSE_MS); // The executor may be between two lives.
    }
  }
  const status = JSON.stringify((seen as { status?: object } | undefined)?.status, undefined, 1);
  throw new Error(`${kind} ${name} did not become so within ${limitMs} ms; its status is ${status}\n${log()}`);
}
