import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { issue, type KeyPair } from '../../../executor/apiserver/pki/certificate.ts';
import { resourcePath } from '../../../schemas/client/paths.ts';
import { readText } from '../../../schemas/client/transport.ts';
import { ACCESS_ANNOTATION, ACCESS_SECRET, LEASES, SYSTEM_NAMESPACE } from '../../../schemas/cluster.ts';
import type { Scene } from './scene.ts';

export interface Asked {
  readonly path: string;
  readonly client?: KeyPair;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

interface LeaseAnswer {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Where an executor says that it serves. */
export async function addressOf({ send }: Scene, node: string): Promise<string> {
  const { body } = await send({ path: resourcePath(LEASES, { namespace: SYSTEM_NAMESPACE, name: node }) });
  return (body as unknown as LeaseAnswer).metadata.annotations?.[ACCESS_ANNOTATION] ?? '';
}

/** Asks one executor without the API server in between. */
export async function ask(scene: Scene, node: string, { path, client, headers = {} }: Asked) {
  const [host, port] = (await addressOf(scene, node)).split(':');
  const credentials = client && { cert: client.certificate, key: client.key };
  const options = { host, port, path, headers, rejectUnauthorized: false, agent: false, ...credentials };
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    request(options, async (answer) => resolve({ status: answer.statusCode ?? 0, body: await readText(answer) }))
      .once('error', reject)
      .end();
  });
}

/** What the cluster's administrator could read: the pair of the API server, and the keys of the CAs. */
export function pairOf({ cluster }: Scene, name: string): KeyPair {
  const read = (suffix: string) => readFileSync(join(cluster.pki, `${name}.${suffix}`), 'utf8');
  return { certificate: read('crt'), key: read('key') };
}

export async function executorsCa({ send }: Scene): Promise<KeyPair> {
  const { body } = await send({ path: `/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets/${ACCESS_SECRET}` });
  const { data } = body as { data: Record<string, string> };
  const text = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString();
  return { certificate: text('tls.crt'), key: text('tls.key') };
}

export function clientOf(ca: KeyPair, commonName: string, organization?: string): KeyPair {
  const issuer = { ...ca, keyObject: createPrivateKey(ca.key) };
  const subject = { commonName, ...(organization !== undefined && { organization }) };
  return issue({ ...subject, usage: 'client', days: 1, issuer }, new Date());
}
