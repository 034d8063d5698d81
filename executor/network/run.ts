import { spawn } from 'node:child_process';
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { programEnvironment } from '../host/run.ts';

const TIMEOUT_MS = 20_000;
/** Open vSwitch's own way to say where its sockets are. */
const PASSED = ['OVS_RUNDIR', 'OVS_DBDIR', 'OVS_SYSCONFDIR'] as const;

const environment = (): NodeJS.ProcessEnv => ({
  ...programEnvironment(),
  ...Object.fromEntries(PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
});

/** A program of the host refused. The message is what it said. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  /** As a condition's reason. */
  readonly reason: string;

  constructor(file: string, args: readonly string[], cause: Error & { code?: unknown }, stderr: string) {
    const missing = cause.code === 'ENOENT';
    const words = stderr.trim().split('\n').slice(0, 3).join('; ');
    super(missing ? `${file} is not installed` : `${file} ${args.slice(0, 4).join(' ')}: ${words || cause.message}`, {
      cause,
    });
    this.reason = missing ? 'ProgramMissing' : 'HostRefused';
  }
}

/** Runs a program of the host's networking, with input where it takes some. @throws ProgramError */
export async function runProgram(file: string, args: readonly string[], input?: string): Promise<string> {
  if (input === undefined) return start(file, args, 'ignore');
  const stdin = await inputFile(input);
  try {
    return await start(file, args, stdin.fd);
  } finally {
    await stdin.close();
  }
}

/** A file without a name: nft opens its standard input anew, which the sockets that Node gives to programs do not allow. */
async function inputFile(input: string): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-input-'));
  try {
    const path = join(folder, 'input');
    await writeFile(path, input, { mode: 0o600 });
    return await open(path, 'r');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function start(file: string, args: readonly string[], stdin: 'ignore' | number): Promise<string> {
  const child = spawn(file, args, { env: environment(), timeout: TIMEOUT_MS, stdio: [stdin, 'pipe', 'pipe'] });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => (stream ? text(stream) : ''));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new ProgramError(file, args, error, '')));
    child.once('close', async (code, signal) => {
      if (code === 0) return resolve((await stdout) ?? '');
      const how = new Error(signal ? `was killed by ${signal}` : `exited with code ${code}`);
      reject(new ProgramError(file, args, how, (await stderr) ?? ''));
    });
  });
}
