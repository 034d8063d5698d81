import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const VMCTL = join(ROOT, 'bin', 'vmctl');

/** A standalone vmctl in a temporary home, with an environment that kubectl and vmctl find it by. */
export interface Standalone extends AsyncDisposable {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  vmctl(...args: readonly string[]): Promise<void>;
  apply(objects: readonly object[]): Promise<void>;
  /** The executor's process. */
  pid(): Promise<number>;
}

export async function standalone(): Promise<Standalone> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-bench-'));
  const home = join(folder, 'home');
  const env = { ...process.env, VMCTL_HOME: home, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
  const vmctl = (...args: readonly string[]) => run([VMCTL, ...args], env);
  await vmctl('up');
  return {
    home,
    env,
    vmctl,
    apply: (objects) =>
      run(['kubectl', 'apply', '-f', '-'], env, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })),
    pid: async () => {
      const { readFile } = await import('node:fs/promises');
      return Number.parseInt(await readFile(join(home, 'executor.pid'), 'utf8'), 10);
    },
    [Symbol.asyncDispose]: async () => {
      await vmctl('down', '--purge', '--yes');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
