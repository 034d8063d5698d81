import type { Resource } from '../types.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Definitions that every document refers to. */
export const META_NAMES = {
  objectMeta: `${META}.ObjectMeta`,
  listMeta: `${META}.ListMeta`,
  ownerReference: `${META}.OwnerReference`,
  managedFields: `${META}.ManagedFieldsEntry`,
  deleteOptions: `${META}.DeleteOptions`,
  patch: `${META}.Patch`,
  status: `${META}.Status`,
} as const;

/** Go packages of the built-in groups, from which their definitions are named. */
const packages: Record<string, string> = {
  '': 'io.k8s.api.core',
  'events.k8s.io': 'io.k8s.api.events',
  'coordination.k8s.io': 'io.k8s.api.coordination',
  'apiextensions.k8s.io': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  'apiregistration.k8s.io': 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
};

type Named = Pick<Resource, 'group' | 'version'>;

/** `io.k8s.api.core.v1.Namespace`; of a custom kind, its group backwards: `dev.vmctl.v1alpha1.VirtualMachine`. */
export function definitionName({ group, version }: Named, kind: string): string {
  return `${packages[group] ?? group.split('.').reverse().join('.')}.${version}.${kind}`;
}

/** Operation ids are camel case: `readVmctlDevV1alpha1NamespacedVirtualMachine`. */
export function groupVersionId({ group, version }: Named): string {
  const short = group.replace(/\.k8s\.io$/, '') || 'core';
  return [...short.split('.'), version].map(capital).join('');
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `/api/v1` or `/apis/GROUP/VERSION`. */
export function groupVersionPath({ group, version }: Named): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}
