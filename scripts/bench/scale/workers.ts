import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Order, Report } from './worker.ts';

/** As bin/vm-executor starts the daemon: memory is to be that of a daemon. */
const DAEMON = [
  '--max-semi-space-size=2',
  '--no-concurrent-recompilation',
  '--heap-growing-percent=15',
  '--optimize-for-size',
];

/** An ES module may hold CommonJS packages, which want `require`. */
const BANNER = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/** Bundles the worker as the daemon is bundled: what turns TypeScript into JavaScript takes 40 MB by itself. @returns its file */
export async function buildWorker(folder: string): Promise<string> {
  const outfile = join(folder, 'worker.mjs');
  const entryPoints = [join(import.meta.dirname, 'worker.ts')];
  const form = { bundle: true, platform: 'node', target: 'node24', format: 'esm', logLevel: 'warning' } as const;
  await build({ ...form, entryPoints, outfile, external: ['*.node'], banner: { js: BANNER } });
  return outfile;
}

/** A process that does what an order says. */
export class Worker implements AsyncDisposable {
  readonly first: Report;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, first: Report) {
    this.#child = child;
    this.first = first;
  }

  /** Starts one and waits until it is ready. @throws when it ends before that */
  static async start(file: string, order: Order): Promise<Worker> {
    const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
    const child = fork(file, { execArgv: order.role === 'stand-in' ? [] : DAEMON, env });
    child.send(order);
    return new Worker(child, await answer(child));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  report(): Promise<Report> {
    this.#child.send('report');
    return answer(this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.send('stop');
    await ended;
  }
}

/** @throws when the process ends instead */
async function answer(child: ChildProcess): Promise<Report> {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a worker ended with ${code}`);
  });
  ended.catch(() => {});
  try {
    const [report] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Report];
    return report;
  } finally {
    stop.abort();
  }
}
