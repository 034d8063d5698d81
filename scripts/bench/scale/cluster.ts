import { applyCrd, established, readCrds } from '../../../test/cluster/crds.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../../../test/cluster/servers.ts';

/** etcd, kube-apiserver and the CRD server with our definitions, and what else is asked for. */
export async function startWithCrds(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await startCluster(options);
  for (const crd of readCrds()) await applyCrd(cluster.crds, crd);
  for (const crd of readCrds()) await established(cluster.crds, crd.metadata.name);
  return cluster;
}
