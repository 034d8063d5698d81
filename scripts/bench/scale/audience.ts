import { type ApiClient, createClient } from '../../../schemas/client/client.ts';
import type { ResourceType } from '../../../schemas/client/paths.ts';
import { createTransport, type Endpoint } from '../../../schemas/client/transport.ts';

const WATCHES = 20;

/** Watches over all objects of a type that wait for deletions. */
export interface Audience {
  /** The deletion of an object was answered. */
  deleted(name: string): void;
  /** Milliseconds from each answer until the last watch had told, none where it was told before; once all were told of so many. */
  delays(count: number): Promise<number[]>;
}

export async function audience(endpoint: Endpoint, type: ResourceType, client: ApiClient): Promise<Audience> {
  const transport = createTransport(endpoint);
  const abort = new AbortController();
  const answered = new Map<string, number>();
  const told = new Map<string, { times: number; last: number }>();
  let complete = 0;
  let wake = () => {};
  const { metadata } = await client.list(type, undefined, { query: { limit: 1 } });
  const follow = async () => {
    const query = { resourceVersion: metadata.resourceVersion };
    for await (const event of createClient(transport).watch(type, undefined, { query, signal: abort.signal })) {
      if (event.type !== 'DELETED') continue;
      const { name } = event.object.metadata;
      const times = (told.get(name)?.times ?? 0) + 1;
      told.set(name, { times, last: performance.now() });
      if (times === WATCHES) complete += 1;
      wake();
    }
  };
  const follows = Array.from({ length: WATCHES }, () => follow());
  const failed = Promise.all(follows).then(() => {
    throw new Error('the watches ended before the load');
  });
  failed.catch(() => {});
  return {
    deleted: (name) => void answered.set(name, performance.now()),
    async delays(count) {
      const all = new Promise<void>((resolve) => {
        wake = () => complete >= count && resolve();
        wake();
      });
      await Promise.race([all, failed]);
      abort.abort();
      await Promise.allSettled(follows);
      transport.close();
      return [...told].map(([name, { last }]) => Math.max(0, last - (answered.get(name) ?? last)));
    },
  };
}
