import type { Pki } from './pki/index.ts';

/** A kubeconfig with one cluster, user and context, all named `vmctl`. */
export interface KubeConfig {
  apiVersion: 'v1';
  kind: 'Config';
  preferences: Record<string, never>;
  clusters: { name: string; cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { name: string; user: { 'client-certificate-data': string; 'client-key-data': string } }[];
  contexts: { name: string; context: { cluster: string; user: string; namespace: string } }[];
  'current-context': string;
}

const name = 'vmctl';

/** Certificates are embedded, so that the result can be merged into another file. */
export function kubeconfig(server: string, { ca, client }: Pki): KubeConfig {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const credentials = {
    'client-certificate-data': base64(client.certificate),
    'client-key-data': base64(client.key),
  };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name, user: credentials }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  };
}
