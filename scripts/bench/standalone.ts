import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ApiClient, createClient } from '../../schemas/client/client.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { type ExecutorEndpoint, homeFiles } from '../../schemas/home.ts';
import { run } from './run.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const VMCTL = join(ROOT, 'bin', 'vmctl');

/** A standalone vmctl in a temporary home, with an environment that kubectl and vmctl find it by. */
export interface Standalone extends AsyncDisposable {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  vmctl(...args: readonly string[]): Promise<void>;
  apply(objects: readonly object[]): Promise<void>;
  readonly client: ApiClient;
  /** What the executor tells Prometheus. */
  metrics(): Promise<string>;
  /** The executor's process. */
  readonly pid: number;
}

export async function standalone(): Promise<Standalone> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-bench-'));
  const home = join(folder, 'home');
  const env = { ...process.env, VMCTL_HOME: home, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
  const vmctl = (...args: readonly string[]) => run([VMCTL, ...args], env);
  await vmctl('up');
  const { pid, socketPath } = JSON.parse(await readFile(homeFiles(home).endpoint, 'utf8')) as ExecutorEndpoint;
  const client = createClient(createTransport({ socketPath }));
  return {
    home,
    env,
    vmctl,
    apply: (objects) =>
      run(['kubectl', 'apply', '-f', '-'], env, objects.map((object) => JSON.stringify(object)).join('\n')),
    client,
    metrics: async () => text(await client.transport.open({ method: 'GET', path: '/metrics' })),
    pid,
    [Symbol.asyncDispose]: async () => {
      client.transport.close();
      await vmctl('down', '--purge', '--yes');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
