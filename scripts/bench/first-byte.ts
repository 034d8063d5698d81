import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds since the epoch, as a file's times are. */
export const now = (): number => performance.timeOrigin + performance.now();

const GIVE_UP_MS = 60_000;

/**
 * When the guest wrote to its console, from the log's own time, so that how often we look does not count.
 * Resolution: the kernel's tick, 4 ms or less. @throws after a minute of silence.
 */
export async function firstByte(log: () => Promise<string>): Promise<number> {
  const end = now() + GIVE_UP_MS;
  while (now() < end) {
    const file = await log()
      .then((path) => stat(path))
      .catch(() => undefined);
    if (file !== undefined && file.size > 0) return file.mtimeMs;
    await sleep(5);
  }
  throw new Error('the guest said nothing for a minute');
}
