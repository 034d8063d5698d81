import { ACCESS_API_SERVICE, ACCESS_SERVICE, SYSTEM_NAMESPACE } from '../../../schemas/cluster.ts';
import { type Answer, type Call, send } from '../answer.ts';
import { established, readCrds } from '../crds.ts';
import type { Cluster } from '../servers.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const API = 'apiregistration.k8s.io/v1';
const RBAC = 'rbac.authorization.k8s.io';

export type Send = (call: Call) => Promise<Answer>;

/** Creates an object. @throws with the server's answer where it refuses */
export async function make(call: Send, path: string, body: object): Promise<void> {
  const { status, body: answer } = await call({ method: 'POST', path, body });
  if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
}

const service = {
  metadata: { name: ACCESS_SERVICE },
  spec: { ports: [{ name: 'https', port: 443 }] },
};

const apiService = {
  apiVersion: API,
  kind: 'APIService',
  metadata: { name: ACCESS_API_SERVICE },
  spec: {
    group: 'subresources.vmctl.dev',
    version: 'v1alpha1',
    groupPriorityMinimum: 100,
    versionPriority: 10,
    service: { name: ACCESS_SERVICE, namespace: SYSTEM_NAMESPACE },
  },
};

/** Accounts of executors may do everything: what they need is the business of other tests. */
const binding = {
  metadata: { name: 'executors' },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: RBAC, kind: 'Group', name: `system:serviceaccounts:${SYSTEM_NAMESPACE}` }],
};

/** Has a control plane of 1.20 by itself serve our kinds, and know of the executors' API. */
export async function installOnCore({ core }: Cluster): Promise<void> {
  const call = (request: Call) => send(core, request);
  // Server-side apply of 1.20 refuses fields that it does not know; a creation drops them.
  for (const crd of readCrds()) await make(call, CRDS, crd);
  for (const crd of readCrds()) await established(core, crd.metadata.name);
  for (const name of [SYSTEM_NAMESPACE, 'kube-node-lease'])
    await call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
  await make(call, `/api/v1/namespaces/${SYSTEM_NAMESPACE}/services`, service);
  await make(call, `/apis/${API}/apiservices`, apiService);
  await make(call, `/apis/${RBAC}/v1/clusterrolebindings`, binding);
}
