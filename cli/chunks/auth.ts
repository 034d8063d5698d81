import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Endpoint } from '../../schemas/client/transport.ts';
import type { Chosen } from '../kubeconfig/types.ts';

type Remote = Extract<Endpoint, { url: string }>;

function kubeConfig({ name, clusterName, userName, cluster, user }: Chosen): KubeConfig {
  const config = new KubeConfig();
  const contexts = [{ name, context: { cluster: clusterName, user: userName } }];
  const file = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name, contexts },
    clusters: [{ name: clusterName, cluster }],
    users: [{ name: userName, user }],
  };
  config.loadFromString(JSON.stringify(file));
  return config;
}

/** An endpoint whose credentials come from an exec plugin or an auth provider, asked again before each request (they cache). */
export async function pluginEndpoint(chosen: Chosen, tls: NonNullable<Remote['tls']>): Promise<Remote> {
  const config = kubeConfig(chosen);
  const ask = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const { cert, key } = await ask();
  const headers = async () => ({ ...((await ask()).headers as Record<string, string> | undefined) });
  return { url: chosen.cluster.server, tls: { ...tls, ...(cert && { cert }), ...(key && { key }) }, headers } as Remote;
}
