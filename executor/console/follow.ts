import { readSync, watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { type ConsoleLog, openLog, type Tail, tailOffset } from './log-file.ts';

const CHUNK_BYTES = 64 * 1024;

export interface FollowOptions {
  readonly log: ConsoleLog;
  readonly tail: Tail;
  /** Goes on as the log grows, until it is aborted or the log is removed. */
  readonly follow: boolean;
  /** What becomes of the bytes that were there before; as they are where not given. */
  readonly before?: (kept: Buffer) => Buffer;
  readonly signal: AbortSignal;
}

/** The bytes of a console's log, in order, none left out and none twice. A log that is not there is empty. */
export async function* followLog({ log, tail, follow, before, signal }: FollowOptions): AsyncGenerator<Buffer> {
  const file = await openLog(log);
  if (!file) return;
  const growth = follow ? watchGrowth(log.path, signal) : undefined;
  try {
    let offset = await tailOffset(file, log, tail);
    if (before) {
      const kept = Buffer.concat([...readFrom(file, offset)]);
      offset += kept.length;
      if (kept.length > 0) yield before(kept);
    }
    while (!signal.aborted) {
      for (const chunk of readFrom(file, offset)) {
        offset += chunk.length;
        yield chunk;
        if (signal.aborted) return;
      }
      if (!growth || (await file.stat()).nlink === 0) return;
      await growth.next();
    }
  } finally {
    growth?.close();
    await file.close();
  }
}

/** Read in place: what qemu has just written is in memory, and to ask another thread for it takes longer than to read it. */
function* readFrom({ fd }: FileHandle, from: number): Generator<Buffer> {
  const room = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let offset = from; ; ) {
    const bytes = readSync(fd, room, 0, room.length, offset);
    if (bytes === 0) return;
    offset += bytes;
    yield Buffer.from(room.subarray(0, bytes));
  }
}

interface Growth {
  /** Settles at once when the file changed since the last call, else with its next change, or with the abort. */
  next(): Promise<void>;
  close(): void;
}

function watchGrowth(path: string, signal: AbortSignal): Growth {
  let change = Promise.withResolvers<void>();
  const settle = () => change.resolve();
  const watcher = watch(path, { persistent: false }, settle);
  watcher.on('error', settle);
  signal.addEventListener('abort', settle, { once: true });
  return {
    async next() {
      await change.promise;
      change = Promise.withResolvers<void>();
      if (signal.aborted) change.resolve();
    },
    close() {
      signal.removeEventListener('abort', settle);
      watcher.close();
    },
  };
}
