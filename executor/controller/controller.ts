import { isConflict } from '../../schemas/client/errors.ts';
import { RECONCILE, timed } from '../metrics/timing.ts';
import { type Backoff, backoffDelay } from './backoff.ts';
import { keyText, parseKey } from './keys.ts';
import { createQueue, type WorkQueue } from './queue.ts';
import { type Key, type Log, type Reconciler, TerminalError } from './types.ts';

export interface Controller {
  enqueue(key: Key, afterMs?: number): void;
  /** Takes no more work, and waits for what is under way. */
  close(): Promise<void>;
}

export interface ControllerOptions {
  readonly reconciler: Reconciler;
  readonly log: Log;
  /** Objects worked on at a time. */
  readonly workers?: number;
  readonly backoff?: Backoff;
}

const WORKERS = 8;
const BACKOFF: Backoff = { firstMs: 100, longestMs: 60_000 };

/** Runs a reconciler: one key is never in two hands, what fails comes again later and later. */
export function createController(options: ControllerOptions): Controller {
  const { reconciler, log, workers = WORKERS, backoff = BACKOFF } = options;
  const queue = createQueue();
  const failures = new Map<string, number>();

  async function handle(key: string): Promise<void> {
    try {
      const outcome = await timed(RECONCILE, reconciler.kind, () => reconciler.reconcile(parseKey(key)));
      failures.delete(key);
      if (outcome?.requeueAfterMs !== undefined) queue.addAfter(key, outcome.requeueAfterMs);
    } catch (error) {
      retry(key, error);
    }
  }

  /** What only changed meanwhile is no failure: the change itself is about to arrive. */
  function retry(key: string, error: unknown): void {
    if (error instanceof TerminalError) {
      log.warn(`${reconciler.kind} ${key}: ${error.reason}: ${error.message}`);
      return;
    }
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    if (!isConflict(error))
      log.error(`${reconciler.kind} ${key} failed and is tried again`, error, { failures: count });
    queue.addAfter(key, backoffDelay(backoff, count));
  }

  const done = Promise.all(Array.from({ length: workers }, () => work(queue, handle)));
  return {
    enqueue: (key, afterMs) =>
      afterMs === undefined ? queue.add(keyText(key)) : queue.addAfter(keyText(key), afterMs),
    close: async () => {
      queue.close();
      await done;
    },
  };
}

async function work(queue: WorkQueue, handle: (key: string) => Promise<void>): Promise<void> {
  for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
    await handle(key);
    queue.done(key);
  }
}
