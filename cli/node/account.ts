import type { ApiClient } from '../../schemas/client/client.ts';
import { isAlreadyExists, isNotFound } from '../../schemas/client/errors.ts';
import { core, type ResourceType } from '../../schemas/client/paths.ts';
import { executorAccount, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { Failure } from '../errors.ts';

const ACCOUNTS = core('serviceaccounts');
const rbac = (plural: string): ResourceType => ({
  ...{ group: 'rbac.authorization.k8s.io', version: 'v1', plural, namespaced: true },
});
const RBAC = 'rbac.authorization.k8s.io';

/** An executor renews its token when half of this is over; one that was off for longer needs `vmctl node add` again. */
const TOKEN_SECONDS = 30 * 24 * 3600;

const target = (node: string) => ({ namespace: SYSTEM_NAMESPACE, name: executorAccount(node) });

async function unlessThere(create: Promise<unknown>): Promise<void> {
  try {
    await create;
  } catch (error) {
    if (isNotFound(error))
      throw new Failure(
        'failed',
        `the cluster has no namespace ${SYSTEM_NAMESPACE}`,
        'install the system first: kubectl apply -f yamls/',
        {
          cause: error,
        },
      );
    if (!isAlreadyExists(error)) throw error;
  }
}

async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export const accountSubject = (node: string): string =>
  `system:serviceaccount:${SYSTEM_NAMESPACE}:${executorAccount(node)}`;

/** The uid of a node's account, once all that belongs to it is there. */
export async function accountUid(client: ApiClient, node: string): Promise<string | undefined> {
  const parts = [ACCOUNTS, rbac('roles'), rbac('rolebindings')];
  const found = await Promise.all(parts.map((type) => orMissing(client.get<KubeObject>(type, target(node)))));
  return found.every((part) => part !== undefined) ? found[0]?.metadata.uid : undefined;
}

/** An account that is this node's, with the right to renew its own token. What executors may do else is in yamls/rbac-node.yaml. */
export async function makeAccount(client: ApiClient, node: string): Promise<void> {
  const metadata = { ...target(node), labels: { 'app.kubernetes.io/part-of': 'vmctl', 'vmctl.dev/node': node } };
  const { name, namespace } = metadata;
  await unlessThere(client.create(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }));
  const renew = { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [name], verbs: ['create'] };
  const role = { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: [renew] };
  await unlessThere(client.create(rbac('roles'), role));
  const binding = {
    ...{ apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata },
    roleRef: { apiGroup: RBAC, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
  await unlessThere(client.create(rbac('rolebindings'), binding));
}

/** A token of the node's account. Source: authentication/v1 TokenRequest */
export async function requestToken(client: ApiClient, node: string): Promise<string> {
  const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/serviceaccounts/${executorAccount(node)}/token`;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  };
  const { status } = await client.call<{ status: { token: string } }>('POST', path, body);
  return status.token;
}

/** Takes the account away: its tokens are refused from then on. */
export async function revokeAccount(client: ApiClient, node: string): Promise<void> {
  for (const type of [ACCOUNTS, rbac('rolebindings'), rbac('roles')])
    await orMissing(client.delete(type, target(node)));
}
