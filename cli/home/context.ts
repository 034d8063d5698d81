import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ExecutorEndpoint } from '../../schemas/home.ts';
import { type Env, kubeconfigPaths } from '../kubeconfig/load.ts';
import type { Cluster, KubeConfigFile, User } from '../kubeconfig/types.ts';
import { editKubeconfig } from '../kubeconfig/write.ts';

/** Where `vmctl up` left its context, so that `down --purge` finds it whatever $KUBECONFIG says by then. */
export interface Left {
  readonly kubeconfig: string;
  readonly context: string;
  /** True where the file was not there before. */
  readonly made: boolean;
}

const record = (home: string): string => join(home, 'context.json');

/** Every file that a context of this home was put in. */
export function leftContexts(home: string): Left[] {
  try {
    return JSON.parse(readFileSync(record(home), 'utf8')) as Left[];
  } catch {
    return [];
  }
}

function remember(home: string, left: Left): void {
  const others = leftContexts(home).filter(({ kubeconfig }) => kubeconfig !== left.kubeconfig);
  writeFileSync(record(home), `${JSON.stringify([...others, left], undefined, 2)}\n`, { mode: 0o600 });
}

function credentials(endpoint: ExecutorEndpoint): { cluster: Cluster; user: User } {
  const file = JSON.parse(readFileSync(endpoint.kubeconfig, 'utf8')) as KubeConfigFile;
  const [cluster, user] = [file.clusters?.[0]?.cluster, file.users?.[0]?.user];
  if (!cluster || !user) throw new Error(`${endpoint.kubeconfig} has no cluster or no user`);
  return { cluster, user };
}

/** Adds the context of a home to the first file of the kubeconfig and makes it current. */
export async function publishContext(home: string, endpoint: ExecutorEndpoint, env: Env, file?: string): Promise<Left> {
  const kubeconfig = resolve(kubeconfigPaths(file, env)[0] ?? '');
  const before = leftContexts(home).find((left) => left.kubeconfig === kubeconfig);
  const made = before?.made ?? !existsSync(kubeconfig);
  mkdirSync(dirname(kubeconfig), { recursive: true, mode: 0o700 });
  const { addContext } = await import('../chunks/yaml.ts');
  const addition = { name: 'vmctl', ...credentials(endpoint), home, socket: endpoint.socketPath };
  const { name } = await editKubeconfig(kubeconfig, (text) => addContext(text, addition));
  const left = { kubeconfig, context: name, made };
  remember(home, left);
  return left;
}

/** Takes the contexts of a home out of the files again, and the files away that hold nothing else and were made for it. */
export async function withdrawContexts(home: string): Promise<Left[]> {
  const { isEmpty, removeContext } = await import('../chunks/yaml.ts');
  const all = leftContexts(home).filter(({ kubeconfig }) => existsSync(kubeconfig));
  for (const { kubeconfig, made } of all) {
    const { text } = await editKubeconfig(kubeconfig, (before) => ({ text: removeContext(before, home) }));
    if (made && isEmpty(text)) rmSync(kubeconfig);
  }
  return all;
}
