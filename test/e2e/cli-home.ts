import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runningPid } from '../../cli/home/daemon.ts';
import { endProcess } from '../fixtures/end.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { onCluster } from './backing.ts';
import { startExecutor, type TestExecutor } from './harness.ts';
import { endMachines } from './leftovers.ts';

const ROOT = join(import.meta.dirname, '../..');
export const VMCTL = join(ROOT, 'bin/vmctl');

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], { input = '', env }: RunOptions = {}): Promise<Result> {
  const child = spawn(command, args, { env: env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      out[name] += text;
    });
  }
  child.stdin.on('error', () => {}).end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, ...out }));
  });
}

/** A folder for a person who never used vmctl before: nothing of the tester's is seen. */
export interface CliHome extends AsyncDisposable {
  readonly folder: string;
  /** VMCTL_HOME */
  readonly home: string;
  readonly kubeconfig: string;
  readonly env: NodeJS.ProcessEnv;
  /** Gives the person machines to work with: `vmctl up`, or a cluster with one executor and its kubeconfig. */
  up(): Promise<void>;
  /** Runs the built vmctl, whatever its exit code. */
  vmctl(...args: readonly string[]): Promise<Result>;
  /** Standard output of a vmctl that succeeds. @throws with all that it said */
  ok(...args: readonly string[]): Promise<string>;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Result>;
  /** A raw disk image that boots the guest which beats on its serial line. */
  guestImage(): Promise<string>;
}

export async function cliHome(): Promise<CliHome> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-cli-'));
  // qemu runs as a user of its own and has to get through.
  await chmod(folder, 0o755);
  const { NODE_ENV: _, CI: _ci, ...outside } = process.env;
  const [home, kubeconfig] = [join(folder, 'home'), join(folder, 'kubeconfig')];
  const env = {
    ...outside,
    HOME: folder,
    VMCTL_HOME: home,
    KUBECONFIG: kubeconfig,
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
  const vmctl = (...args: readonly string[]) => run(VMCTL, args, { env });
  const ok = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await vmctl(...args);
    if (code !== 0) throw new Error(`vmctl ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  };
  /** What cannot be removed in order is ended, so that nothing outlives its folder, and said. */
  const purge = async (): Promise<void> => {
    const { code, stdout, stderr } = await vmctl('down', '--purge', '--yes');
    if (code === 0) return;
    console.warn(`vmctl down --purge ended with ${code}:\n${stdout}${stderr}`);
    const pid = runningPid(home);
    if (pid !== undefined) endProcess(pid);
    await endMachines(home);
  };
  let executor: TestExecutor | undefined;
  return {
    ...{ folder, home, kubeconfig, env, vmctl, ok },
    up: async () => {
      if (!onCluster) return void (await ok('up'));
      // As `vmctl up` lets a person import what is his.
      executor = await startExecutor({ home, arguments: ['--import-folder', folder] });
      await executor.available();
      await copyFile(executor.env['KUBECONFIG'] ?? '', kubeconfig);
    },
    run: (command, args, options = {}) => run(command, args, { ...options, env: { ...env, ...options.env } }),
    guestImage: async () => {
      const path = join(folder, 'guest.raw');
      await writeFile(path, serialDisk({ everyTicks: 2 }));
      return path;
    },
    [Symbol.asyncDispose]: async () => {
      if (executor) await executor[Symbol.asyncDispose]();
      else await purge();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A machine that starts in no time and stops at once. */
export const QUICK = ['--image', 'guest', '--memory', '32Mi', '--network', 'none'] as const;
