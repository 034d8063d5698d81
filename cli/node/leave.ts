import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { LEASES, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import type { Host } from '../import/remote/connect.ts';
import { revokeAccount } from './account.ts';
import { type Places, places } from './files.ts';
import { initOf, inits } from './init.ts';
import { must } from './remote.ts';
import { NODES } from './see.ts';
import type { Node } from './table.ts';

/** What an executor writes on a Node, and on one that it has made itself. */
const MARKS = { labels: ['vmctl.dev/executor'], annotations: ['vmctl.dev/executor-version', 'vmctl.dev/qemu-version'] };
const MADE_BY = 'vmctl.dev/made-by';

const nothing = (names: readonly string[]): Record<string, null> =>
  Object.fromEntries(names.map((name) => [name, null]));

async function unlessGone(call: Promise<unknown>): Promise<void> {
  await call.catch((error) => {
    if (!isNotFound(error)) throw error;
  });
}

/** Ends the executor of a host and takes its credential away; volumes, and guests that run, stay. */
export async function stopExecutor(host: Host, at: Places): Promise<void> {
  const init = inits[await initOf(host)];
  await init.stop(host, at);
  await init.uninstall(host);
  const { token, kubeconfig } = places(at);
  await must(host, ['rm', '-f', token, kubeconfig]);
}

/** Takes a node out of the cluster: its account, its lease, and the Node itself, unless a kubelet has it. */
export async function forgetNode(client: ApiClient, node: Node): Promise<void> {
  const { name, annotations = {} } = node.metadata;
  await revokeAccount(client, name);
  await unlessGone(client.delete(LEASES, { namespace: SYSTEM_NAMESPACE, name }));
  if (annotations[MADE_BY] === 'vm-executor') return unlessGone(client.delete(NODES, { name }));
  const metadata = { labels: nothing(MARKS.labels), annotations: nothing(MARKS.annotations) };
  await client.patch(NODES, { name }, { metadata });
}
