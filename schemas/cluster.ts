import type { ResourceType } from './client/paths.ts';

/** Namespace of the system's own objects on a cluster; yamls/ makes it. */
export const SYSTEM_NAMESPACE = 'vmctl-system';

/** By what executors know each other: the organisation in the certificates that they show one another. */
export const EXECUTORS = 'vmctl:executors';

/** Service that the API server reaches the executors by. */
export const ACCESS_SERVICE = 'vmctl-api';
/** Name of its port, in the Service and in its endpoints. */
export const ACCESS_PORT_NAME = 'https';
/** Secret of the certificate authority that executors share. */
export const ACCESS_SECRET = 'vmctl-api-ca';
/** The aggregated API of the ways into machines. */
export const ACCESS_API_SERVICE = 'v1alpha1.subresources.vmctl.dev';
/** On a node's Lease in the system's namespace: `ADDRESS:PORT` where its executor serves the ways into machines. */
export const ACCESS_ANNOTATION = 'vmctl.dev/access-address';

/** The account of one node's executor, in the system's namespace. */
export const executorAccount = (node: string): string => `executor-${node}`;

export const LEASES: ResourceType = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespaced: true };

export const API_SERVICES: ResourceType = {
  ...{ group: 'apiregistration.k8s.io', version: 'v1', plural: 'apiservices', namespaced: false },
};

/** The address in an annotation, IPv6 in brackets. */
export function parseAddress(text: string | undefined): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(text ?? '') ?? [];
  const [host, port] = [bracketed ?? plain, Number(digits)];
  return host !== undefined && port >= 1 && port <= 65535 ? { host, port } : undefined;
}

export const formatAddress = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
