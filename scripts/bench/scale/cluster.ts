import { applyCrd, established, readCrds } from '../../../test/cluster/crds.ts';
import { type Cluster, startCluster } from '../../../test/cluster/servers.ts';

/** etcd, kube-apiserver and the CRD server with our definitions. */
export async function startWithCrds(): Promise<Cluster> {
  const cluster = await startCluster();
  for (const crd of readCrds()) await applyCrd(cluster.crds, crd);
  for (const crd of readCrds()) await established(cluster.crds, crd.metadata.name);
  return cluster;
}
