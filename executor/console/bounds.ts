import { type FSWatcher, watch } from 'node:fs';
import type { Log } from '../controller/types.ts';
import type { ConsoleLog } from './log-file.ts';
import { boundLog } from './punch.ts';

/** A guest that writes without end is looked at this often, a quiet one never. */
const PAUSE_MS = 2000;

/** Keeps the logs of the machines that run within their bounds. */
export interface LogBounds {
  /** Bounds these logs from now on, and no others. */
  keep(logs: readonly ConsoleLog[]): void;
  close(): void;
}

export function createLogBounds(log: Log): LogBounds {
  const kept = new Map<string, () => void>();
  return {
    keep(logs) {
      const wanted = new Set(logs.map(({ path }) => path));
      for (const [path, end] of kept) {
        if (wanted.has(path)) continue;
        end();
        kept.delete(path);
      }
      for (const item of logs) if (!kept.has(item.path)) kept.set(item.path, bound(item, log));
    },
    close() {
      for (const end of kept.values()) end();
      kept.clear();
    },
  };
}

/** Waits for a write, then for a while, then bounds the log: its cost does not grow with what the guest writes. */
function bound(item: ConsoleLog, log: Log): () => void {
  let ended = false;
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    await boundLog(item).catch((error) => log.error(`cannot bound ${item.path}`, error));
    if (!ended) arm();
  };
  const arm = (): void => {
    try {
      watcher = watch(item.path, { persistent: false }, () => {
        watcher?.close();
        clearTimeout(timer);
        timer = setTimeout(() => void look(), PAUSE_MS).unref();
      });
      watcher.on('error', () => watcher?.close());
    } catch {
      // qemu has not made it yet, or it is gone: the next machine that changes asks again.
    }
  };
  void look();
  return () => {
    ended = true;
    watcher?.close();
    clearTimeout(timer);
  };
}
