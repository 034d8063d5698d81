import { readFileSync } from 'node:fs';
import type { Endpoint } from '../../schemas/client/transport.ts';
import { Failure } from '../errors.ts';
import type { Chosen } from '../kubeconfig/types.ts';

type Tls = NonNullable<Extract<Endpoint, { url: string }>['tls']>;

const material = (data: string | undefined, file: string | undefined): Buffer | undefined =>
  data ? Buffer.from(data, 'base64') : file ? readFileSync(file) : undefined;

/** The TLS side of a cluster entry. */
export function clusterTls({ cluster }: Chosen): Tls {
  const ca = material(cluster['certificate-authority-data'], cluster['certificate-authority']);
  return {
    ...(ca && { ca }),
    ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
    ...(cluster['tls-server-name'] && { servername: cluster['tls-server-name'] }),
  };
}

function token({ user }: Chosen): string | undefined {
  return user.tokenFile ? readFileSync(user.tokenFile, 'utf8').trim() : user.token;
}

function headers(chosen: Chosen): Record<string, string> {
  const { username, password, as } = chosen.user;
  const bearer = token(chosen);
  const basic = username === undefined ? undefined : Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  return {
    ...(basic !== undefined && { authorization: `Basic ${basic}` }),
    ...(bearer && { authorization: `Bearer ${bearer}` }),
    ...(as && { 'impersonate-user': as }),
  };
}

/** An endpoint from what stands in the kubeconfig itself: certificates, tokens, passwords. */
function plainEndpoint(chosen: Chosen): Endpoint {
  const { user, cluster } = chosen;
  const cert = material(user['client-certificate-data'], user['client-certificate']);
  const key = material(user['client-key-data'], user['client-key']);
  const tls = { ...clusterTls(chosen), ...(cert && { cert }), ...(key && { key }) };
  return { url: cluster.server, tls, headers: async () => headers(chosen) };
}

/** The endpoint of a context. Plugins (exec, OIDC) are client-node's business, which is loaded only for them. */
export async function endpointOf(chosen: Chosen): Promise<Endpoint> {
  if (chosen.cluster['proxy-url'])
    throw new Failure(
      'failed',
      `context "${chosen.name}" has a proxy-url, which vmctl cannot use`,
      'use kubectl proxy and a context for it',
    );
  if (chosen.user.exec === undefined && chosen.user['auth-provider'] === undefined) return plainEndpoint(chosen);
  const { pluginEndpoint } = await import('../chunks/auth.ts');
  return pluginEndpoint(chosen, clusterTls(chosen));
}
