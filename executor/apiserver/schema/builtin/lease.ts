import type { Resource } from '../../types.ts';
import { builtin, int32, kindSchema, microTime, object, string } from './kit.ts';

const schema = kindSchema('Lease says who holds something, and until when.', {
  spec: object('What the lease says.', {
    acquireTime: microTime('When the current holder acquired the lease.'),
    holderIdentity: string('Identity of the holder.'),
    leaseDurationSeconds: int32('How long others wait from renewTime before they take the lease, in seconds.'),
    leaseTransitions: int32('How often the lease changed hands.'),
    preferredHolder: string('Who should get the lease, for coordinated leader election.'),
    renewTime: microTime('When the holder last renewed the lease.'),
    strategy: string('How the holder is chosen, for coordinated leader election.'),
  }),
});

export const leaseResource: Resource = builtin({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  schema,
});
