import type { Key } from '../../controller/types.ts';
import { readSightings } from '../../network/nft/read.ts';
import { listTable } from '../../network/nft/run.ts';

/** Status tells of an address within two seconds of its use: one look, and time to write it down. */
const LOOK_MS = 1200;

export interface SightingWatch {
  /** Has a network looked at whenever its guests use new addresses, or not any more. */
  watch(name: string, isUsed: boolean): void;
}

/**
 * The kernel notes what addresses guests use and tells nobody. While a guest is on any network that is watched, the notes of
 * all of them are read: one short process in that time, however many guests there are.
 */
export function createSightingWatch(owner: string, onChange: (key: Key) => void): SightingWatch {
  const used = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let before: string | undefined;

  async function look(): Promise<void> {
    const answer = await listTable({ family: 'bridge', name: `vmctl_${owner}` });
    const seen = answer === undefined ? [] : readSightings(answer).map((one) => Object.values(one).join(' '));
    const now = seen.sort().join('\n');
    if (before !== undefined && now !== before) for (const name of used) onChange({ name });
    before = now;
  }

  /** A look that fails is made up for by the next. */
  const next = (): void => {
    timer = setTimeout(() => {
      look()
        .catch(() => {})
        .finally(() => (used.size > 0 ? next() : undefined));
    }, LOOK_MS);
    timer.unref();
  };

  return {
    watch(name, isUsed) {
      const idle = used.size === 0;
      if (isUsed) used.add(name);
      else used.delete(name);
      if (idle && used.size > 0) {
        clearTimeout(timer);
        before = undefined;
        void look().catch(() => {});
        next();
      }
    },
  };
}
