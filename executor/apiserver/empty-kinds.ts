import type { Resource } from './types.ts';

const metadata = { type: 'object', description: "Standard object's metadata." } as const;
const text = { type: 'string' } as const;

const emptyKind = (kind: string, shortName: string, description: string): Resource => ({
  group: '',
  version: 'v1',
  kind,
  listKind: `${kind}List`,
  plural: `${kind.toLowerCase()}s`,
  singular: kind.toLowerCase(),
  shortNames: [shortName],
  categories: [],
  namespaced: true,
  subresources: { status: false },
  columns: [],
  selectableFields: [],
  schema: { type: 'object', description, properties: { apiVersion: text, kind: text, metadata } },
  builtin: true,
  verbs: ['get', 'list', 'watch'],
});

/**
 * Kinds of which there is never an object here, but which clients count on: `kubectl describe node` and `drain` ask for
 * the node's pods, `cluster-info` for services, and k9s opens on pods.
 */
export const emptyKinds: Resource[] = [
  emptyKind('Pod', 'po', 'This API runs virtual machines, not pods: there is never one here.'),
  emptyKind('Service', 'svc', 'This API has no services of its own: there is never one here.'),
];
