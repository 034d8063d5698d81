import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MIB = 1024 ** 2;
/** How often the memory is looked at; a look costs 10 µs. */
const LOOK_MS = 200;
/** Growth since the last tidying that is worth 50 ms of a processor, after how long at the soonest. */
const WORTH = { bytes: 8 * MIB, afterMs: 10_000 };
/** Beyond this a burst is under way that V8 would let grow past 100 MiB, so that less is worth it and at once. */
const BURST = { aboveBytes: 88 * MIB, bytes: 3 * MIB };

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/** True where memory has grown enough since `keptBytes`, that the last tidying left, `sinceMs` ago. */
export function isWorthTidying(rssBytes: number, keptBytes: number, sinceMs: number): boolean {
  const grown = rssBytes - keptBytes;
  if (rssBytes > BURST.aboveBytes && grown >= BURST.bytes) return true;
  return grown >= WORTH.bytes && sinceMs >= WORTH.afterMs;
}

/**
 * Keeps the memory of a process that waits most of its time near what it needs: V8 by itself collects when the heap is
 * full, and an idle daemon's never is. The flags of V8 and malloc are in bin/vm-executor, since they count from the start.
 * @returns what ends it
 */
export function boundMemory(): () => void {
  // For this process alone: the machines' qemu must not inherit it.
  delete process.env['MALLOC_ARENA_MAX'];
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  let kept = { bytes: 0, at: 0 };
  const tidy = (): void => {
    if (!isWorthTidying(process.memoryUsage.rss(), kept.bytes, performance.now() - kept.at)) return;
    collect({ type: 'major', flavor: 'last-resort' });
    kept = { bytes: process.memoryUsage.rss(), at: performance.now() };
  };
  const timer = setInterval(tidy, LOOK_MS);
  return () => clearInterval(timer);
}
