import { accessSync, constants, readFileSync } from 'node:fs';
import { type ApiClient, createClient } from '../../schemas/client/client.ts';
import { createTransport, type Endpoint } from '../../schemas/client/transport.ts';
import { defaultHome, type ExecutorEndpoint, homeFiles } from '../../schemas/home.ts';
import { Failure } from '../errors.ts';
import { choose, loadKubeconfig } from '../kubeconfig/load.ts';
import { type Chosen, homeExtension } from '../kubeconfig/types.ts';
import { namespaceName } from '../names.ts';
import { endpointOf } from './credentials.ts';

/** Where a command works. */
export interface Session {
  readonly client: ApiClient;
  readonly endpoint: Endpoint;
  readonly namespace: string;
  /** Name of the context, or of the home where there is no kubeconfig. */
  readonly context: string;
  /** Folder of the embedded API, where that is on this machine and open to this user. */
  readonly home?: string;
}

export interface Where {
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

function accessible(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

interface Local {
  readonly endpoint: Endpoint;
  readonly home: string;
}

/** The unix socket of a context that `vmctl up` made, where this user may open it: no TLS, no credentials to read. */
function localSocket(chosen: Chosen): Local | undefined {
  const extension = homeExtension(chosen.cluster);
  if (extension?.provider !== 'vmctl.dev' || extension.user !== chosen.userName || chosen.user.as) return undefined;
  return accessible(extension.socket)
    ? { endpoint: { socketPath: extension.socket }, home: extension.home }
    : undefined;
}

/** The embedded API of the default home, for who has no kubeconfig. */
function localHome(): Local | undefined {
  const home = defaultHome(process.env, process.getuid?.() ?? 0, process.env['HOME'] ?? '');
  try {
    const { socketPath } = JSON.parse(readFileSync(homeFiles(home).endpoint, 'utf8')) as ExecutorEndpoint;
    return accessible(socketPath) ? { endpoint: { socketPath }, home } : undefined;
  } catch {
    return undefined;
  }
}

export const openSession = (endpoint: Endpoint, namespace: string, context: string, home?: string): Session => ({
  client: createClient(createTransport(endpoint)),
  endpoint,
  namespace,
  context,
  ...(home !== undefined && { home }),
});

/** Finds the API as kubectl does: --kubeconfig, $KUBECONFIG, ~/.kube/config; --context, current-context. @throws Failure */
export async function connect(where: Where): Promise<Session> {
  const asked = where.namespace === undefined ? undefined : namespaceName(where.namespace);
  const chosen = choose(await loadKubeconfig(where.kubeconfig, process.env), where.context);
  const local = chosen ? localSocket(chosen) : localHome();
  const namespace = asked ?? chosen?.namespace ?? 'default';
  if (local) return openSession(local.endpoint, namespace, chosen?.name ?? local.home, local.home);
  if (chosen) return openSession(await endpointOf(chosen), namespace, chosen.name);
  const next = 'start the embedded API with: vmctl up';
  throw new Failure('failed', 'there is no API to talk to: the kubeconfig has no current context', next);
}
