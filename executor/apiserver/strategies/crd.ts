import { checkCrd } from '../schema/index.ts';
import { timestamp } from '../time.ts';
import type { FieldError, KubeObject } from '../types.ts';
import { checkCrdTypes } from './crd-types.ts';
import type { Strategy } from './strategy.ts';

export interface CrdNames {
  plural: string;
  kind: string;
  singular?: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  [key: string]: unknown;
}

/** The parts of a CustomResourceDefinition that the server itself reads. */
export interface Crd extends KubeObject {
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: CrdNames;
    versions: CrdVersion[];
    conversion?: { strategy: string };
  };
  status?: {
    conditions?: { type: string; status: string; [key: string]: unknown }[];
    acceptedNames?: CrdNames;
    storedVersions?: string[];
  };
}

/** Keeps a CRD until its objects are gone. */
export const crdFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

const condition = (type: string, reason: string, message: string, now: Date) => ({
  type,
  status: 'True',
  lastTransitionTime: timestamp(now),
  reason,
  message,
});

/** Source: k8s.io/apiextensions-apiserver `pkg/registry/customresourcedefinition` and its naming and establishing controllers. */
export const crdStrategy: Strategy = {
  hasGeneration: true,
  checkTypes: (object) => checkCrdTypes(object['spec']),
  prepareCreate(object, now) {
    object.metadata.generation = 1;
    object['status'] = {
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found', now),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted', now),
      ],
    };
    complete(object as Crd);
  },
  prepareUpdate(next, live) {
    next['status'] = structuredClone(live['status']);
    complete(next as Crd);
  },
  validate: (object, live) => [...checkCrd(object), ...(live ? updateErrors(object as Crd, live as Crd) : [])],
  prepareDelete(object, now) {
    const { metadata } = object;
    const finalizers = metadata.finalizers ?? [];
    if (metadata.deletionTimestamp) return;
    metadata.finalizers = [...new Set([...finalizers, crdFinalizer])];
    const { status = {} } = object as Crd;
    const terminating = condition(
      'Terminating',
      'InstanceDeletionInProgress',
      'CustomResource deletion is in progress',
      now,
    );
    object['status'] = { ...status, conditions: [...(status.conditions ?? []), terminating] };
  },
};

/** Fills in what the names and versions imply. Tolerates what validation refuses afterwards. */
function complete(crd: Crd): void {
  const { names, versions } = crd.spec ?? {};
  if (!names?.kind || !Array.isArray(versions)) return;
  names.singular ||= names.kind.toLowerCase();
  names.listKind ||= `${names.kind}List`;
  crd.spec.conversion ??= { strategy: 'None' };
  const stored = versions.filter((v) => v.storage).map((v) => v.name);
  const storedVersions = [...new Set([...(crd.status?.storedVersions ?? []), ...stored])];
  crd.status = { ...crd.status, acceptedNames: names, storedVersions };
}

/** What may not change while objects may exist. */
const immutable: { field: string; read: (crd: Crd) => unknown }[] = [
  { field: 'spec.group', read: (crd) => crd.spec.group },
  { field: 'spec.scope', read: (crd) => crd.spec.scope },
  { field: 'spec.names.kind', read: (crd) => crd.spec.names.kind },
  { field: 'spec.names.plural', read: (crd) => crd.spec.names.plural },
];

function updateErrors(next: Crd, live: Crd): FieldError[] {
  return immutable
    .filter(({ read }) => read(next) !== read(live))
    .map(({ field, read }) => ({
      reason: 'FieldValueInvalid',
      field,
      message: `Invalid value: ${JSON.stringify(read(next))}: field is immutable`,
    }));
}

export const isDeleting = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;
