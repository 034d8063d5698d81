import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ApiClient } from '../../schemas/client/client.ts';
import { isAlreadyExists, isNotFound } from '../../schemas/client/errors.ts';
import { core } from '../../schemas/client/paths.ts';
import { ACCESS_SECRET, ACCESS_SERVICE, EXECUTORS, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { isDue, issue, type KeyPair } from '../apiserver/pki/certificate.ts';

const SECRETS = core('secrets');
const CA_DAYS = 3650;
const LEAF_DAYS = 365;

type Secret = KubeObject & { type?: string; data?: Readonly<Record<string, string>> };

/** What one executor serves and calls others with. */
export interface Identity extends KeyPair {
  /** The CA that all executors share: what the API server and each executor checks the others by. */
  readonly ca: string;
}

const encode = (text: string): string => Buffer.from(text).toString('base64');
const decode = (text = ''): string => Buffer.from(text, 'base64').toString('utf8');

function pairOf({ data }: Secret): KeyPair {
  const pair = { certificate: decode(data?.['tls.crt']), key: decode(data?.['tls.key']) };
  const isPair = new X509Certificate(pair.certificate).checkPrivateKey(createPrivateKey(pair.key));
  if (!isPair) throw new Error(`the Secret ${SYSTEM_NAMESPACE}/${ACCESS_SECRET} holds a key of another certificate`);
  return pair;
}

/** The CA that executors share in a Secret; the first to need it makes it. */
export async function sharedCa(client: ApiClient, now: Date): Promise<KeyPair> {
  const target = { namespace: SYSTEM_NAMESPACE, name: ACCESS_SECRET };
  const read = async () => pairOf(await client.get<Secret>(SECRETS, target));
  try {
    return await read();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const made = issue({ commonName: ACCESS_SECRET, usage: 'ca', days: CA_DAYS }, now);
  const data = { 'tls.crt': encode(made.certificate), 'tls.key': encode(made.key) };
  try {
    await client.create<Secret>(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: target,
      type: 'kubernetes.io/tls',
      data,
    });
    return made;
  } catch (error) {
    if (isAlreadyExists(error)) return read();
    throw error;
  }
}

/** The name that the API server asks for: an aggregated API is served by a Service. */
export const SERVICE_HOST = `${ACCESS_SERVICE}.${SYSTEM_NAMESPACE}.svc`;

/** A certificate of this node's executor, good for an API server that calls and for other executors on both sides. */
export function identityOf(ca: KeyPair, nodeName: string, address: string, now: Date): Identity {
  const pair = issue(
    {
      commonName: nodeName,
      organization: EXECUTORS,
      hosts: [SERVICE_HOST, address],
      usage: 'peer',
      days: LEAF_DAYS,
      issuer: { ...ca, keyObject: createPrivateKey(ca.key) },
    },
    now,
  );
  return { ...pair, ca: ca.certificate };
}

/** Whether what was issued is of the CA that executors share now, and young enough. */
export const isGood = ({ ca, certificate }: Identity, shared: string, now: Date): boolean =>
  ca === shared && !isDue(new X509Certificate(certificate), now);
