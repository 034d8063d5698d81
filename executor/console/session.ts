import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { bytesOf, closeWith } from '../../schemas/client/tunnel.ts';
import { harmless } from '../../schemas/types/terminal-text.ts';
import { followLog } from './follow.ts';
import type { ConsolePlace } from './locate.ts';
import { openPipe } from './pipe.ts';

/** One client on one console. */
export interface Session {
  /** Settles once both ends are closed. Never rejects. */
  readonly ended: Promise<void>;
  /** Whether the client is leaving already: who comes next needs no force. */
  readonly isOver: boolean;
  end(code: number, reason: string): void;
}

const NORMALLY = 1000;

/**
 * Joins a client with a guest. What is typed goes into qemu's pipe; what the guest writes comes from the log, which qemu
 * writes anyhow: so the lines from before and what comes now join without a gap, and a slow client delays nobody.
 */
export function openSession(
  client: WebSocket,
  { log, input, machine, running }: ConsolePlace,
  tailLines: number,
): Session {
  const over = new AbortController();
  const end = (code: number, reason: string): void => {
    if (over.signal.aborted) return;
    over.abort();
    closeWith(client, code, reason);
  };
  void running?.then(() => end(NORMALLY, `the machine ${machine.metadata.name} has stopped`));
  client.on('error', () => end(NORMALLY, 'broken'));
  client.on('close', () => end(NORMALLY, 'left'));
  const typing = listen(client, input, over.signal).catch((error) => end(NORMALLY, (error as Error).message));
  const output = followLog({ log, tail: { lines: tailLines }, follow: true, before: replayed, signal: over.signal });
  const showing = show(client, output).finally(() => end(NORMALLY, 'the machine is gone'));
  return {
    ended: Promise.all([typing, showing]).then(() => {}),
    get isOver() {
      return client.readyState !== client.OPEN;
    },
    end,
  };
}

/** What was said to whoever was there then: a terminal that is asked something by it would type the answer into the guest now. */
const replayed = (kept: Buffer): Buffer => Buffer.from(harmless(kept.toString()));

/** Brings what the client sends to the guest; one that is slow to read makes the client wait. */
async function listen(client: WebSocket, input: string, signal: AbortSignal): Promise<void> {
  const pipe = openPipe(input);
  const type = (bytes: Buffer): void => {
    if (pipe.write(bytes)) return;
    client.pause();
    pipe.once('drain', () => client.resume());
  };
  client.on('message', (data) => type(bytesOf(data)));
  pipe.on('error', () => client.terminate());
  if (!signal.aborted) await once(signal, 'abort');
  pipe.destroy();
}

async function show(client: WebSocket, output: AsyncIterable<Buffer>): Promise<void> {
  try {
    for await (const chunk of output) await send(client, chunk);
  } catch {
    // The client is gone, or the log is: either way there is nobody to show anything to.
  }
}

const send = (client: WebSocket, chunk: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    client.send(chunk, { binary: true }, (error) => (error ? reject(error) : resolve()));
  });
