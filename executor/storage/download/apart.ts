import { type ChildProcess, spawn } from 'node:child_process';
import { type Downloaded, type DownloadOptions, download } from './download.ts';
import { DownloadFailedError, DownloadRefusedError } from './errors.ts';

/** How to run this program once more; its last words choose what it does. */
export type Helper = readonly string[] | undefined;

/** What the other process is told, on its standard input: credentials are in nobody's list of processes. */
export interface Job {
  readonly url: string;
  readonly part: string;
  readonly checksum?: string | undefined;
  readonly maxBytes: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One line of what it says. */
export type Said =
  | { readonly progress: number }
  | { readonly done: Downloaded }
  | { readonly error: { readonly kind?: string; readonly reason?: string; readonly message: string } };

/**
 * Downloads in a process of its own where there is a helper: gibibytes that pass through make garbage that a daemon with little
 * memory would spend its time on. It dies with us; what it wrote is gone on with. @throws as `download` does
 */
export function downloadApart(helper: Helper, options: DownloadOptions): Promise<Downloaded> {
  return helper && !options.resolve ? inProcess(helper, options) : download(options);
}

async function inProcess([program = '', ...args]: readonly string[], options: DownloadOptions): Promise<Downloaded> {
  const { signal, onProgress, url, part, checksum, maxBytes, headers } = options;
  signal?.throwIfAborted();
  const command = ['--pdeathsig', 'KILL', '--', program, ...args, '--download'];
  const child = spawn('setpriv', command, { stdio: ['pipe', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  const job: Job = { url, part, checksum, maxBytes: String(maxBytes), headers };
  child.stdin?.on('error', () => {}).end(JSON.stringify(job));
  try {
    return await outcome(child, onProgress);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

function outcome(child: ChildProcess, onProgress: DownloadOptions['onProgress']): Promise<Downloaded> {
  const { promise, resolve, reject } = Promise.withResolvers<Downloaded>();
  let text = '';
  let stderr = '';
  const take = (said: Said) => {
    if ('progress' in said) onProgress?.(said.progress);
    else if ('done' in said) resolve(said.done);
    else reject(errorOf(said.error));
  };
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-2000);
  });
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line) as Said);
  });
  child.once('error', reject);
  child.once('close', () =>
    reject(new DownloadFailedError('DownloadCut', `the download ended early: ${stderr.trim()}`)),
  );
  return promise;
}

function errorOf({ kind, reason, message }: { kind?: string; reason?: string; message: string }): Error {
  if (kind === 'DownloadRefusedError')
    return new DownloadRefusedError(reason as DownloadRefusedError['reason'], message);
  if (kind === 'DownloadFailedError') return new DownloadFailedError(reason as DownloadFailedError['reason'], message);
  return Object.assign(new Error(message), reason !== undefined && { code: reason });
}
