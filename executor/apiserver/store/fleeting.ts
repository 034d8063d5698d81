/** Said again sooner than anybody would miss it: a lease within seconds, an event never. */
const OBJECTS: ReadonlySet<string> = new Set(['events', 'leases.coordination.k8s.io']);

/**
 * What these say of themselves is looked at anew when the executor starts. A snapshot's status is not among them: it is where an
 * operation is written down before it is begun.
 */
const STATUSES: ReadonlySet<string> = new Set([
  'nodes',
  'virtualmachines.vmctl.dev',
  'virtualmachinedisks.vmctl.dev',
  'virtualmachinenetworks.vmctl.dev',
  'virtualmachinestoragepools.vmctl.dev',
]);

/** Whether a write to a resource, or to its status, needs not outlast a power cut. */
export const isFleeting = (resource: string, subresource: string): boolean =>
  OBJECTS.has(resource) || (subresource === 'status' && STATUSES.has(resource));
