import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Endpoint } from '../../schemas/client/transport.ts';

interface Cluster {
  readonly server: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
}

interface User {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly exec?: unknown;
  readonly username?: string;
}

type Named<K extends string, T> = { readonly name: string } & { readonly [Key in K]: T };

interface Config {
  readonly clusters?: readonly Named<'cluster', Cluster>[];
  readonly users?: readonly Named<'user', User>[];
  readonly contexts?: readonly Named<'context', { readonly cluster: string; readonly user: string }>[];
  readonly 'current-context'?: string;
}

/** The API that a kubeconfig's current context names. @throws Error that says what is missing in it */
export async function readKubeconfig(path: string): Promise<Endpoint> {
  const { parse } = await import('yaml');
  const config = (parse(await readFile(path, 'utf8')) ?? {}) as Config;
  const wanted = config['current-context'];
  const context = config.contexts?.find(({ name }) => name === wanted)?.context;
  if (!context) throw new Error(`${path}: current-context ${wanted ?? ''} is not among its contexts`);
  const cluster = config.clusters?.find(({ name }) => name === context.cluster)?.cluster;
  if (!cluster) throw new Error(`${path}: the cluster ${context.cluster} is not among its clusters`);
  const user = config.users?.find(({ name }) => name === context.user)?.user ?? {};
  if (user.exec !== undefined || user.username !== undefined) {
    throw new Error(`${path}: the user ${context.user} must have a client certificate or a token`);
  }
  return toEndpoint(dirname(path), cluster, user);
}

async function toEndpoint(folder: string, cluster: Cluster, user: User): Promise<Endpoint> {
  const read = (data: string | undefined, file: string | undefined) => content(folder, data, file);
  const ca = await read(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = await read(user['client-certificate-data'], user['client-certificate']);
  const key = await read(user['client-key-data'], user['client-key']);
  const servername = cluster['tls-server-name'];
  return {
    url: cluster.server,
    tls: {
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(servername !== undefined && { servername }),
      ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
    },
    headers: () => authorization(folder, user),
    ...(user.tokenFile !== undefined && { tokenFile: resolve(folder, user.tokenFile) }),
  };
}

/**
 * The API as pods find it.
 * @param folder that has `token` and `ca.crt`
 * @throws Error where there is no such file, or no cluster's address in the environment
 * Source: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api
 */
export async function readServiceAccount(folder: string, env: NodeJS.ProcessEnv = process.env): Promise<Endpoint> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (!host) throw new Error('--service-account is for pods: there is no $KUBERNETES_SERVICE_HOST here');
  const ca = await readFile(resolve(folder, 'ca.crt'));
  const headers = () => authorization(folder, { tokenFile: 'token' });
  await headers();
  return { url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, tls: { ca }, headers };
}

/** A file of a token is read each time: whoever wrote it renews it. */
async function authorization(folder: string, { token, tokenFile }: User): Promise<Record<string, string>> {
  const word = tokenFile === undefined ? token : (await readFile(resolve(folder, tokenFile), 'utf8')).trim();
  return word === undefined ? {} : { authorization: `Bearer ${word}` };
}

async function content(
  folder: string,
  data: string | undefined,
  file: string | undefined,
): Promise<Buffer | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64');
  return file === undefined ? undefined : readFile(resolve(folder, file));
}
