import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';

/**
 * Waits until `out` takes more, or the client is gone.
 * @param stalledMs after which a client that does not read is dropped; default never
 */
export function drained(out: Writable, res: ServerResponse, stalledMs?: number): Promise<void> {
  if (res.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = stalledMs === undefined ? undefined : setTimeout(() => res.destroy(), stalledMs);
    const done = () => {
      clearTimeout(timer);
      out.off('drain', done);
      res.off('close', done);
      resolve();
    };
    out.once('drain', done);
    res.once('close', done);
  });
}
