import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { type Answer, type Json, send } from './answer.ts';
import type { ServerAccess } from './servers.ts';

const FILE = join(import.meta.dirname, '..', '..', 'yamls', 'crds.yaml');
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WAIT_MS = 60_000;

export interface Crd {
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly [key: string]: Json | Crd['metadata'];
}

/** What yamls/crds.yaml holds. */
export const readCrds = (): Crd[] =>
  parseAllDocuments(readFileSync(FILE, 'utf8')).map((document) => document.toJS() as Crd);

/** Applies one CRD server-side, as strictly as the server can. */
export const applyCrd = (server: ServerAccess, crd: Crd): Promise<Answer> =>
  send(server, {
    method: 'PATCH',
    path: `${PATH}/${crd.metadata.name}?fieldManager=test&fieldValidation=Strict`,
    type: 'application/apply-patch+yaml',
    body: crd,
  });

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

/** Waits until a CRD is established and its resource is served. @returns its conditions by type */
export async function established(
  server: ServerAccess,
  name: string,
  version = 'v1alpha1',
): Promise<Record<string, Condition>> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const { body } = await send(server, { path: `${PATH}/${name}` });
    const { status } = body as { status?: { conditions?: Condition[] } };
    const conditions = Object.fromEntries((status?.conditions ?? []).map((item) => [item.type, item]));
    if (conditions['Established']?.status === 'True' && (await isServed(server, name, version))) return conditions;
    if (performance.now() > end) throw new Error(`${name} is not established: ${JSON.stringify(conditions)}`);
    await delay(100);
  }
}

/** Has a server serve our kinds. */
export async function installKinds(server: ServerAccess): Promise<void> {
  const crds = readCrds();
  for (const crd of crds) await applyCrd(server, crd);
  for (const crd of crds) await established(server, crd.metadata.name);
}

const anything = (properties: Record<string, Json>): Json => ({
  ...{ type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties },
});
const empty: Json = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, default: {} };

/** What the API server fills in. Source: k8s.io/kubernetes/pkg/apis/admissionregistration/v1/defaults.go */
const DEFAULTED = anything({
  spec: anything({
    matchConstraints: anything({
      ...{ namespaceSelector: empty, objectSelector: empty, matchPolicy: { type: 'string', default: 'Equivalent' } },
      resourceRules: { type: 'array', items: anything({ scope: { type: 'string', default: '*' } }) },
    }),
  }),
});

/** What 1.30 has and 1.20 has not, as a custom resource: the CRD server reads policies from wherever they are served. */
const policyKind = (kind: string, plural: string): Crd => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${plural}.admissionregistration.k8s.io`,
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
  },
  spec: {
    group: 'admissionregistration.k8s.io',
    scope: 'Cluster',
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: DEFAULTED } }],
  },
});

/** Has a CRD server keep ValidatingAdmissionPolicies and their bindings. */
export async function installPolicyKinds(server: ServerAccess): Promise<void> {
  const policies = policyKind('ValidatingAdmissionPolicy', 'validatingadmissionpolicies');
  const bindings = policyKind('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings');
  for (const crd of [policies, bindings]) await applyCrd(server, crd);
  for (const { metadata } of [policies, bindings]) await established(server, metadata.name, 'v1');
}

/** The server publishes a resource a moment after its CRD is established. */
async function isServed(server: ServerAccess, name: string, version: string): Promise<boolean> {
  const [plural = '', ...group] = name.split('.');
  const { status } = await send(server, { path: `/apis/${group.join('.')}/${version}/${plural}` });
  return status === 200;
}
