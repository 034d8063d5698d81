import { readKubeconfig } from '../../../executor/daemon/kubeconfig.ts';
import { createTransport } from '../../../schemas/client/transport.ts';
import { until } from '../../e2e/until.ts';
import { type Answer, type Call, send } from '../answer.ts';
import { disk } from '../scenarios/objects.ts';
import type { Cluster } from '../servers.ts';

const GROUP = '/apis/vmctl.dev/v1alpha1';
const POOLS = `${GROUP}/virtualmachinestoragepools`;
const DISKS = `${GROUP}/namespaces/default/virtualmachinedisks`;
const NAME = 'probe';
const LIMIT_MS = 60_000;

const placed = (nodeName: string): Call => ({
  ...{ method: 'PATCH', path: `${DISKS}/${NAME}/status`, type: 'application/merge-patch+json' },
  body: { status: { nodeName } },
});

/**
 * Waits until the policies are obeyed: an API server reads them, and the pools that one of them looks at, a moment after they
 * were applied, and refuses everybody's changes of disks in between.
 */
export async function policiesHold(cluster: Pick<Cluster, 'crds' | 'identity'>): Promise<void> {
  const transport = createTransport(await readKubeconfig(cluster.identity('system:vmctl-node:probe', 'vmctl:nodes')));
  const admin = (call: Call): Promise<Answer> => send(cluster.crds, call);
  let said: Answer | undefined;
  const comes = async (call: () => Promise<Answer>, is: (answer: Answer) => boolean): Promise<void> => {
    const tried = async (): Promise<boolean> => {
      said = await call();
      return is(said);
    };
    await until(tried, { limitMs: LIMIT_MS, what: () => `the policies to hold: ${JSON.stringify(said)}` });
  };
  const pool = { apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachineStoragePool', metadata: { name: NAME } };
  await admin({ method: 'POST', path: POOLS, body: { ...pool, spec: { dir: { path: `/${NAME}` } } } });
  await admin({ method: 'POST', path: DISKS, body: disk(NAME, { size: '1Gi', pool: NAME }) });
  await comes(
    () => admin(placed('elsewhere')),
    ({ status }) => status === 200,
  );
  await comes(
    () => send({ transport }, placed('here')),
    ({ body }) => JSON.stringify(body).includes('not on the node'),
  );
  await comes(
    () => admin(placed('elsewhere')),
    ({ status }) => status === 200,
  );
  for (const path of [`${DISKS}/${NAME}`, `${POOLS}/${NAME}`]) await admin({ method: 'DELETE', path });
  transport.close();
}
