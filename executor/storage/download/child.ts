import { text } from 'node:stream/consumers';
import type { Job, Said } from './apart.ts';
import { download } from './download.ts';

/** What the process that `downloadApart` starts does: one job from standard input, its progress and its end to standard output. */
export async function serveDownload(): Promise<void> {
  const say = (said: Said) => process.stdout.write(`${JSON.stringify(said)}\n`);
  try {
    const { maxBytes, ...job } = JSON.parse(await text(process.stdin)) as Job;
    const options = { ...job, maxBytes: BigInt(maxBytes), alone: true };
    const done = await download({ ...options, onProgress: (progress) => say({ progress }) });
    say({ done });
  } catch (error) {
    const { name, message, reason, code } = error as Error & { reason?: string; code?: string };
    const why = reason ?? code;
    say({ error: { kind: name, message, ...(why !== undefined && { reason: why }) } });
  }
}
