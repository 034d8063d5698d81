import { type ChildProcess, spawn } from 'node:child_process';
import { explain, QemuImgError } from './errors.ts';
import { type HeldSecrets, holdSecrets } from './secrets.ts';

export interface RunOptions {
  /** Passphrases by the id that the arguments name them by; handed over in memory, seen in no list of processes. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; two minutes when left out. */
  readonly timeoutMs?: number | undefined;
  /** The length that any file it writes may reach; no bound where nothing is given. */
  readonly maxFileBytes?: bigint | undefined;
  /** Percent, from the program's own `-p`. */
  readonly onProgress?: ((percent: number) => void) | undefined;
}

const TIMEOUT_MS = 120_000;
/** Address space, not memory: threads' stacks count. A hostile image makes qemu-img allocate without end (CVE-2015-5162). */
const ADDRESS_SPACE_BYTES = 2 * 1024 ** 3;
const MAX_OUTPUT_BYTES = 16 * 1024 ** 2;
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/**
 * Runs qemu-img within bounds of time and memory. It dies with us: two that write to one file would ruin it.
 * @returns what it wrote to stdout
 * @throws QemuImgError, or the signal's reason
 */
export async function runQemuImg(args: readonly string[], options: RunOptions = {}): Promise<string> {
  options.signal?.throwIfAborted();
  const { maxFileBytes } = options;
  await using secrets = await holdSecrets(options.keys ?? {});
  const limits = [`--as=${ADDRESS_SPACE_BYTES}`, ...(maxFileBytes === undefined ? [] : [`--fsize=${maxFileBytes}`])];
  const bounded = ['--pdeathsig', 'KILL', '--', 'prlimit', '--core=0', ...limits, '--', ...withSecrets(args, secrets)];
  const stdio = ['ignore' as const, 'pipe' as const, 'pipe' as const, ...secrets.descriptors];
  const child = spawn('setpriv', bounded, { stdio, cwd: '/', env: ENVIRONMENT });
  const output = collect(child, options.onProgress);
  const what = describe(args);
  const end = ended(child);
  const stopped = await stopBy(child, end, options);
  if (stopped === 'aborted') throw options.signal?.reason;
  if (stopped === 'timeout') {
    const limit = Math.round((options.timeoutMs ?? TIMEOUT_MS) / 1000);
    throw new QemuImgError(`qemu-img could not ${what} within ${limit} s`, 'TimedOut');
  }
  const how = await end;
  if (how.code !== 0) throw explain(what, { ...how, stderr: output.stderr() });
  return output.stdout();
}

const withSecrets = ([verb = '', ...rest]: readonly string[], secrets: HeldSecrets): string[] => [
  ...['qemu-img', verb],
  ...secrets.arguments,
  ...rest,
];

/** `create /pool/disks/default/a.qcow2`: the verb and what looks like files. */
function describe(args: readonly string[]): string {
  const files = args.slice(1).filter((argument) => argument.startsWith('/') || argument.includes('file.filename='));
  return [
    args[0],
    ...files.map((file) => file.replace(/^.*file\.filename=/, '').replace(/,(?:encrypt\.)?key-secret=.*$/, '')),
  ].join(' ');
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

function ended(child: ChildProcess): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  child.once('close', (code, signal) => resolve({ code, signal }));
  child.once('error', (cause) =>
    reject(
      new QemuImgError('qemu-img could not be started: install qemu-utils and util-linux', 'Missing', String(cause)),
    ),
  );
  return promise;
}

/** Waits for the end, killing the program when it was asked to stop or takes too long. */
async function stopBy(child: ChildProcess, end: Promise<Ended>, options: RunOptions) {
  let why: 'aborted' | 'timeout' | undefined;
  const kill = (reason: 'aborted' | 'timeout') => {
    why ??= reason;
    child.kill('SIGKILL');
  };
  const abort = () => kill('aborted');
  const timer = setTimeout(() => kill('timeout'), options.timeoutMs ?? TIMEOUT_MS);
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    await end;
    return why;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}

function collect(child: ChildProcess, onProgress?: (percent: number) => void) {
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      if (stream === 'stdout' && onProgress) reportProgress(chunk, onProgress);
      else if (texts[stream].length < MAX_OUTPUT_BYTES) texts[stream] += chunk;
    });
  }
  return { stdout: () => texts.stdout, stderr: () => texts.stderr };
}

function reportProgress(chunk: string, onProgress: (percent: number) => void): void {
  const last = [...chunk.matchAll(/\(([0-9.]+)\/100%\)/g)].at(-1);
  if (last) onProgress(Math.min(100, Math.floor(Number(last[1]))));
}
