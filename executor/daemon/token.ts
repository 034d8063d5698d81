import { readFile } from 'node:fs/promises';
import type { ApiClient } from '../../schemas/client/client.ts';
import { executorAccount, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import { isHalfGone, tokenClaims } from '../../schemas/token.ts';
import type { Log } from '../controller/types.ts';
import { writeFileAtomic } from '../host/index.ts';

const LOOK_MS = 3_600_000;

interface TokenRequest {
  readonly status: { readonly token: string };
}

/**
 * Asks for a new token where half of the life of the one in the file is over. Only for an account that is this node's
 * own: one that is mounted into a pod is the kubelet's to renew.
 * @returns whether there is a new one
 */
export async function renewToken(client: ApiClient, node: string, file: string, now = Date.now()): Promise<boolean> {
  const claims = tokenClaims((await readFile(file, 'utf8')).trim());
  const account = executorAccount(node);
  if (claims?.subject !== `system:serviceaccount:${SYSTEM_NAMESPACE}:${account}` || !isHalfGone(claims, now))
    return false;
  const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/serviceaccounts/${account}/token`;
  const spec = { expirationSeconds: claims.expires - claims.issuedAt };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const { status } = await client.call<TokenRequest>('POST', path, body);
  await writeFileAtomic(file, `${status.token}\n`);
  return true;
}

/** Keeps the token of a node's account good for as long as the executor runs. @returns what ends it */
export function keepToken(client: ApiClient, node: string, file: string | undefined, log: Log): () => void {
  if (file === undefined) return () => {};
  const look = () =>
    void renewToken(client, node, file)
      .then((isNew) => isNew && log.info('renewed the token of this node'))
      .catch((error) => log.error('cannot renew the token of this node', error));
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}
