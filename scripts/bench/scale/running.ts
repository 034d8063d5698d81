import type { ApiClient } from '../../../schemas/client/client.ts';
import { resourceOf } from '../../../schemas/client/paths.ts';
import { kinds } from '../../../schemas/kinds/index.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

const TYPE = resourceOf(kinds.VirtualMachine);

/** Counts the machines that run, on one watch over all; the promise settles when there are so many. */
export function countRunning(client: ApiClient, from: string): { until(count: number): Promise<void>; close(): void } {
  const running = new Set<string>();
  const abort = new AbortController();
  let wake = () => {};
  const follow = async () => {
    const query = { resourceVersion: from };
    for await (const { type, object } of client.watch<VirtualMachine>(TYPE, undefined, {
      query,
      signal: abort.signal,
    })) {
      if (type === 'BOOKMARK' || object.status?.powerState !== 'Running') continue;
      running.add(object.metadata.name);
      wake();
    }
  };
  const failed = follow().then(
    () => Promise.reject(new Error('the watch over all machines ended')),
    (error) => Promise.reject(error),
  );
  failed.catch(() => {});
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      wake = () => running.size >= count && resolve();
      wake();
    });
  return { until: (count) => Promise.race([until(count), failed]), close: () => abort.abort() };
}
