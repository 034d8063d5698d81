import type { Session } from '../api/connect.ts';
import { Failure } from '../errors.ts';

interface Version {
  readonly gitVersion?: string;
}

/** Whether the API is vmctl's own, of one machine. */
export async function isEmbedded({ client, home }: Session): Promise<boolean> {
  if (home !== undefined) return true;
  const { gitVersion = '' } = await client.call<Version>('GET', '/version');
  return gitVersion.endsWith('+vmctl');
}

/** @param verb such as `add` @throws Failure that says in a sentence what the verb needs */
export async function requireCluster(session: Session, verb: string): Promise<void> {
  if (!(await isEmbedded(session))) return;
  const next =
    'choose a cluster with --context or --kubeconfig; docs/cluster.md tells how to install the system on one';
  throw new Failure(
    'failed',
    `vmctl node ${verb} needs a Kubernetes cluster: the API of "vmctl up" has this one node alone`,
    next,
  );
}
