import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutorEndpoint, homeFiles } from '../../schemas/home.ts';
import { Failure } from '../errors.ts';
import { liveEndpoint } from './daemon.ts';

const READY_MS = 60_000;
const POLL_MS = 40;
const LOG_LINES = 10;
/** What an executor says whose home has one already. */
const TAKEN = 'another vm-executor uses';

/** Makes the folder. One that is somebody else's is refused, since `down --purge` removes it whole. */
export function claimHome(home: string): void {
  const entries = existsSync(home) ? readdirSync(home) : [];
  if (entries.length > 0 && !isHome(home))
    throw new Failure(
      'failed',
      `${home} is not empty and is no home of vmctl`,
      'choose an empty or a new folder with --home or VMCTL_HOME',
    );
  mkdirSync(home, { recursive: true, mode: 0o700 });
}

/** True where `vmctl up` or vm-executor has been. */
export const isHome = (home: string): boolean => Object.values(homeFiles(home)).some((file) => existsSync(file));

function logTail(path: string): string {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.slice(-LOG_LINES).join('\n');
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Whether an executor that ended said, since the log had this size, that another one has the home, which may say much itself. */
const isTaken = (path: string, since: number): boolean => readFileSync(path).subarray(since).includes(TAKEN);

/** Starts the executor in a session of its own, so that it outlives this terminal. Its launcher becomes Node by exec. */
function launch(home: string, dist: string): { pid: number | undefined; ended: () => string | undefined } {
  const log = openSync(homeFiles(home).log, 'a', 0o600);
  const launcher = join(dist, '..', 'bin', 'vm-executor');
  const child = spawn(launcher, ['--standalone', '--home', home], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log],
  });
  let end: string | undefined;
  child.once('error', (error) => {
    end = error.message;
  });
  child.once('exit', (code, signal) => {
    end = signal === null ? `exit code ${code}` : `signal ${signal}`;
  });
  child.unref();
  return { pid: child.pid, ended: () => end };
}

/** Starts the executor of a home and waits until its API answers. @throws Failure with the end of its log */
export async function startExecutor(home: string, dist: string): Promise<ExecutorEndpoint> {
  claimHome(home);
  const { log } = homeFiles(home);
  const before = sizeOf(log);
  const { ended } = launch(home, dist);
  for (let waited = 0; waited < READY_MS; waited += POLL_MS) {
    const endpoint = await liveEndpoint(home);
    if (endpoint) return endpoint;
    const end = ended();
    // Somebody else may be starting the same home: then theirs is the one to wait for.
    if (end !== undefined && !isTaken(log, before))
      throw new Failure('failed', `vm-executor ended with ${end}:\n${logTail(log)}`, `all that it said is in ${log}`);
    await sleep(POLL_MS);
  }
  throw new Failure(
    'timedOut',
    `vm-executor did not answer within ${READY_MS / 1000} s:\n${logTail(log)}`,
    `all that it says is in ${log}`,
  );
}
