import type { Session } from '../scenario.ts';

export const GROUP = '/apis/vmctl.dev/v1alpha1';

/** The path of the disks of a scenario's namespace, or of one of them. */
export const disks = ({ namespace }: Session, rest = ''): string =>
  `${GROUP}/namespaces/${namespace}/virtualmachinedisks${rest && !rest.startsWith('?') ? `/${rest}` : rest}`;

export const machines = ({ namespace }: Session, rest = ''): string =>
  `${GROUP}/namespaces/${namespace}/virtualmachines${rest && !rest.startsWith('?') ? `/${rest}` : rest}`;

/** A disk; `more` is merged over its top level. */
export const disk = (name: string, spec: object = { size: '1Gi' }, metadata: object = {}): Record<string, unknown> => ({
  apiVersion: 'vmctl.dev/v1alpha1',
  kind: 'VirtualMachineDisk',
  metadata: { name, ...metadata },
  spec,
});

export const machine = (name: string, spec: object = {}, metadata: object = {}): Record<string, unknown> => ({
  apiVersion: 'vmctl.dev/v1alpha1',
  kind: 'VirtualMachine',
  metadata: { name, ...metadata },
  spec: { memory: { size: '256Mi' }, ...spec },
});

export const PATCHES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** The version of an object in an answer, as the next request must name it. */
export function versionOf({ body }: { readonly body: unknown }): string {
  const { metadata } = body as { metadata?: { resourceVersion?: string } };
  if (!metadata?.resourceVersion) throw new Error(`no resourceVersion in ${JSON.stringify(body)}`);
  return metadata.resourceVersion;
}

export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** The path of a core kind in a scenario's namespace. */
export const of = ({ namespace }: Session, plural: string, rest = ''): string =>
  `/api/v1/namespaces/${namespace}/${plural}${rest && !rest.startsWith('?') ? `/${rest}` : rest}`;

/** An object of a core kind. */
export const core = (kind: string, name: string, more: object = {}): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...more,
});
