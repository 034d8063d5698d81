import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often the heap is looked at; a look costs nothing. */
const LOOK_MS = 10_000;
/** Growth of the heap since the last tidying that is worth 50 ms of a processor. */
const WORTH_BYTES = 8 * 1024 ** 2;
/** A burst of events fills the young generation, 16 MiB where nobody says less, which V8 then keeps. */
const YOUNG_GENERATION_MIB = 2;

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/**
 * Keeps the memory of a process that waits most of its time near what it needs: V8 by itself collects when the heap is
 * full, and an idle daemon's never is. To be called before anything large is loaded.
 * @returns what ends it
 */
export function boundMemory(): () => void {
  setFlagsFromString(`--max-semi-space-size=${YOUNG_GENERATION_MIB}`);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  let kept = 0;
  const tidy = (): void => {
    const { rss } = process.memoryUsage();
    if (rss < kept + WORTH_BYTES) return;
    collect({ type: 'major', flavor: 'last-resort' });
    kept = process.memoryUsage().rss;
  };
  const timer = setInterval(tidy, LOOK_MS);
  return () => clearInterval(timer);
}
