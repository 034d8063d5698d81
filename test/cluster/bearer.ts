import { send } from './answer.ts';
import type { ServerAccess } from './servers.ts';

/** Who an API server says that a token's bearer is. */
interface Bearer {
  readonly username: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const POD = 'authentication.kubernetes.io/pod-name';
const NODE = 'authentication.kubernetes.io/node-name';
const NOBODY: Bearer = { username: 'system:anonymous' };

/** Asks the core. The node of a pod is in its token from Kubernetes 1.30 on: what is older has it looked up. */
export async function bearerOf(core: ServerAccess, token: string): Promise<Bearer> {
  const path = '/apis/authentication.k8s.io/v1/tokenreviews';
  const { body } = await send(core, { method: 'POST', path, body: { spec: { token } } });
  const { authenticated, user } = (body as unknown as { status: { authenticated?: boolean; user?: Bearer } }).status;
  if (authenticated !== true || !user) return NOBODY;
  const [, , namespace] = user.username.split(':');
  const pod = user.extra?.[POD]?.[0];
  if (pod === undefined || user.extra?.[NODE]) return user;
  const answer = await send(core, { path: `/api/v1/namespaces/${namespace}/pods/${pod}` });
  const { spec } = answer.body as unknown as { spec?: { nodeName?: string } };
  return { ...user, extra: { ...user.extra, ...(spec?.nodeName !== undefined && { [NODE]: [spec.nodeName] }) } };
}

/** The headers that make a server decide about somebody else. Node's client takes a list as a header that is repeated. */
export function impersonated({ username, groups = [], extra = {} }: Bearer): Record<string, string> {
  const others = Object.entries(extra).map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key)}`, values]);
  return { 'impersonate-user': username, 'impersonate-group': groups, ...Object.fromEntries(others) };
}
