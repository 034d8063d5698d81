import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { Endpoint, Tls } from '../../schemas/client/transport.ts';
import type { Log } from '../controller/types.ts';

type Remote = Extract<Endpoint, { url: string }>;

/** As late as a kubelet brings a pod what has changed, and a little more. */
const LOOK_MS = 60_000;

export interface KeptEndpoint {
  /** Its certificates and its token are those of the files as last looked at. */
  readonly endpoint: Remote;
  /** Looks at the files now. */
  look(): Promise<void>;
  close(): void;
}

/**
 * An API whose authority and certificates are renewed in files while the executor runs: a pod's `ca.crt`, what a kubeconfig names
 * or holds. New connections take them; those that are open go on. Files that are half written are looked at again.
 * @param read what the files say now
 * @throws what `read` does, the first time
 */
export async function keepEndpoint(read: () => Promise<Endpoint>, log: Log): Promise<KeptEndpoint> {
  let current = remote(await read());
  const first = current;
  const look = async (): Promise<void> => {
    try {
      const now = remote(await read());
      check(now.tls);
      const isNew = !isDeepStrictEqual(now.tls, current.tls);
      current = { ...now, ...(!isNew && current.tls && { tls: current.tls }) };
      if (isNew) log.info('took new certificates for the API');
    } catch (error) {
      log.error('cannot take new certificates for the API', error);
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  const none: Tls = {};
  const endpoint: Remote = {
    ...first,
    currentTls: () => current.tls ?? none,
    headers: async () => (await current.headers?.()) ?? {},
  };
  return { endpoint, look, close: () => clearInterval(timer) };
}

/** @throws Error where the files are of no use: OpenSSL takes an authority that is none for none at all */
function check({ ca, ...tls }: Tls = {}): void {
  createSecureContext(tls);
  for (const pem of [ca ?? []].flat()) new X509Certificate(pem);
}

function remote(endpoint: Endpoint): Remote {
  if ('url' in endpoint) return endpoint;
  throw new Error(`${endpoint.socketPath} is no address of a cluster`);
}
