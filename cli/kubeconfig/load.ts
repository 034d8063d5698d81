import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failure } from '../errors.ts';
import { quoted } from '../names.ts';
import { parseSimpleYaml } from './simple-yaml.ts';
import type { Chosen, Cluster, KubeConfigFile, User } from './types.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Files that make up the configuration, as kubectl looks for them; the first to name a thing wins. */
export function kubeconfigPaths(flag: string | undefined, env: Env): string[] {
  if (flag !== undefined) return [flag];
  const listed = (env['KUBECONFIG'] ?? '').split(':').filter((path) => path !== '');
  return listed.length > 0 ? [...new Set(listed)] : [`${env['HOME'] ?? ''}/.kube/config`];
}

const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'] as const;

/** Paths inside a kubeconfig are relative to its folder. */
function absolute<T extends Cluster | User>(entry: T, folder: string): T {
  const paths = PATHS.flatMap((key) => {
    const path = (entry as Record<string, unknown>)[key];
    return typeof path === 'string' && path !== '' ? [[key, resolve(folder, path)]] : [];
  });
  return paths.length === 0 ? entry : { ...entry, ...Object.fromEntries(paths) };
}

async function parse(text: string, path: string): Promise<KubeConfigFile> {
  const simple = text.startsWith('{') ? JSON.parse(text) : parseSimpleYaml(text);
  if (simple !== undefined) return simple as KubeConfigFile;
  const { parseYaml } = await import('../chunks/yaml.ts');
  try {
    return (parseYaml(text) ?? {}) as KubeConfigFile;
  } catch (cause) {
    const hint = 'mend it, or choose another file with --kubeconfig';
    throw new Failure('failed', `${path} is not YAML: ${(cause as Error).message.split('\n')[0]}`, hint, { cause });
  }
}

async function read(path: string, required: boolean): Promise<KubeConfigFile> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (!required && (cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Failure('failed', `cannot read the kubeconfig ${path}: ${(cause as Error).message}`, undefined, {
      cause,
    });
  }
  const file = text.trim() === '' ? {} : await parse(text, path);
  const folder = dirname(path);
  return {
    ...file,
    clusters: (file.clusters ?? []).map((it) => ({ ...it, cluster: absolute(it.cluster, folder) })),
    users: (file.users ?? []).map((it) => ({ ...it, user: absolute(it.user ?? {}, folder) })),
  };
}

/** All files as one. */
export async function loadKubeconfig(flag: string | undefined, env: Env): Promise<KubeConfigFile> {
  const files = await Promise.all(kubeconfigPaths(flag, env).map((path) => read(path, flag !== undefined)));
  const current = files.map((file) => file['current-context']).find((name) => name);
  return {
    clusters: files.flatMap((file) => file.clusters ?? []),
    users: files.flatMap((file) => file.users ?? []),
    contexts: files.flatMap((file) => file.contexts ?? []),
    ...(current && { 'current-context': current }),
  };
}

/** The context that is asked for, else the current one; undefined where there is neither. @throws Failure */
export function choose(config: KubeConfigFile, wanted: string | undefined): Chosen | undefined {
  const name = wanted ?? config['current-context'];
  if (!name) return undefined;
  const context = config.contexts?.find((it) => it.name === name)?.context;
  const hint = 'the contexts that there are: kubectl config get-contexts';
  if (!context) throw new Failure('failed', `there is no context ${quoted(name)} in the kubeconfig`, hint);
  const cluster = config.clusters?.find((it) => it.name === context.cluster)?.cluster;
  if (!cluster?.server)
    throw new Failure(
      'failed',
      `context ${quoted(name)} names the cluster ${quoted(context.cluster)}, which has no server`,
      hint,
    );
  const user = config.users?.find((it) => it.name === context.user)?.user ?? {};
  const namespace = context.namespace || 'default';
  return { name, namespace, clusterName: context.cluster, userName: context.user, cluster, user };
}
