import { randomUUID } from 'node:crypto';
import type { ApiClient } from '../../schemas/client/client.ts';
import type { Context } from '../controller/types.ts';
import { leadCluster } from './controllers.ts';
import { type Candidate, runForElection } from './election.ts';
import type { ClusterOptions } from './timing.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

interface Review {
  readonly status?: { readonly allowed?: boolean };
}

/**
 * Whether the API lets this node's executor place machines: one that may not would only keep the lead from others. Asked by the
 * node's name, as admission.yaml does: pods of a DaemonSet all have the same account.
 */
export async function mayLead(client: ApiClient, name: string): Promise<boolean> {
  const resourceAttributes = { group: 'vmctl.dev', resource: 'nodes', verb: 'place', name };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
  return (await client.call<Review>('POST', REVIEWS, review)).status?.allowed === true;
}

/** Takes part in the election of who runs the controllers that are not per node. */
export function joinElection(options: ClusterOptions, { client, nodeName, events, log }: Context): Candidate {
  return runForElection({
    client,
    log,
    identity: `${nodeName}_${randomUUID()}`,
    timing: options.election,
    mayLead: () => mayLead(client, nodeName),
    lead: () => leadCluster({ client, events, log, options }),
  });
}
